"""MLflow's page as it opens below ``/mlflow/``: on the studies, in its view for training.

MLflow itself opens on a home page about language models, with a notice of telemetry (which its server has switched off
here) and an assistant. What it shows first is kept by the browser alone, so a script in front of MLflow's own sets it,
once: whoever chooses otherwise on the page keeps what was chosen. A link to a run or a study leads where it says, and
the table of a study's runs has the column by which trials are judged, which MLflow's own first columns leave out.
"""

from __future__ import annotations

import json

from service.tracking.names import OBJECTIVE

STUDIES = "#/experiments?workflowType=machine_learning"
"""MLflow's list of experiments, each of which is a study."""
FIRST = {
    "mlflow.workflowType_v1": '"machine_learning"',
    "mlflow.settings.telemetry.enabled_v1": "false",
    "mlflow.telemetry.info.alert.dismissed_v1": "true",
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
}
"""What MLflow's page keeps in the browser's local storage, and what stands there at first."""
SHOWN = [*(f"attributes.`{name}`" for name in ("Source", "Models", "Dataset")), f"metrics.`{OBJECTIVE}`"]
"""The columns of the table of runs: MLflow's own and the objective."""
SCRIPT = f"""<script>
{{
  const first = Object.entries({json.dumps(FIRST)});
  const study = location.hash.match(/^#[/]experiments[/]([0-9]+)/);
  const columns = {json.dumps(json.dumps({"selectedColumns": SHOWN}))};
  if (study) first.push([`MLflowLocalStorage-1.1-ExperimentPage-["${{study[1]}}"]-ReactComponentState`, columns]);
  for (const [key, value] of first) if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
}}
if (["", "#", "#/"].includes(location.hash)) history.replaceState(null, "", {json.dumps(STUDIES)});
</script>"""
HEAD = b"<head>"


def opened_on_studies(page: bytes) -> bytes:
    """MLflow's page with the script; a page without a head comes back as it is."""
    return page.replace(HEAD, HEAD + SCRIPT.encode(), 1)
