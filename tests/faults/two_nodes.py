"""A service on a Ray of two nodes, of which one is killed. A script: Ray is never initialized twice in a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from service.client.client import Studyhall
from service.dispatch.ray.environment import SHARED
from service.settings import Settings
from service.supervisor.serving import serving
from tests.support.real_service import served_in_vain, until

NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024}
STUDY: dict[str, Any] = {
    "name": "digits",
    "experiment": "digits-mlp",
    "objective": "val_loss",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 0.1]}}},
    "training": {"epochs": 120},
    "max_trials": 2,
    "artifacts": "none",
}


def busy(hall: Studyhall) -> list[dict[str, Any]]:
    """The workers that have a run."""
    return [worker for worker in hall.workers() if worker["run_id"]]


def main(home: Path) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    node = cluster.add_node(**NODE)
    settings = Settings(home=home / "home", port=0, ray_address=cluster.address, mlflow_enabled=False)
    with served_in_vain(settings, home / "terminal") as terminal:
        terminal.tells("the Ray cluster has 2 nodes, and the artifact store", tries=2)
        assert "is a local directory: set STUDYHALL_ARTIFACT_URL" in terminal.said()

    shared = settings.model_copy(update={"artifact_url": f"file://{home}/shared"})
    with serving(shared, patience=90) as url, Studyhall(url) as hall:
        until(lambda: [worker["state"] for worker in hall.workers()] == ["idle", "idle"], 120)  # so both begin at once
        hall.submit(STUDY)
        until(lambda: [hall.run(worker["run_id"])["epochs"] > 2 for worker in busy(hall)] == [True, True])
        cluster.remove_node(node, allow_graceful=False)
        study = hall.wait("digits")
        assert (study["state"], study["counts"]["COMPLETED"]) == ("COMPLETED", 2), study
        runs = [hall.run(run_id) for trial in hall.trials("digits") for run_id in trial["run_ids"]]
        assert [(run["state"], run["attempt"], run["epochs"]) for run in runs] == [("COMPLETED", 1, 120)] * 2, runs
        starts = [[start["left_run"] for start in hall.attempts(run["id"])] for run in runs]
        assert sorted(starts, key=len) == [["COMPLETED"], ["WAITING", "COMPLETED"]], starts
    cluster.shutdown()
    print("all is well")


if __name__ == "__main__":
    os.environ.update(SHARED)
    main(Path(sys.argv[1]))
