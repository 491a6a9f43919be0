"""The whole service on real training: what is promised of it, seen from outside."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from mlflow import MlflowClient

from service.cli import main
from service.client.client import Studyhall
from tests.end_to_end.module_kinds import STUDIES, ModuleKinds, submit
from tests.end_to_end.test_strangers import EPOCHS, PROJECTS
from tests.support.real_service import RealService, until
from tests.support.tracking import contents

pytestmark = pytest.mark.slow

HEAVY = ("torch", "pytorch_lightning", "mlflow", "pandas", "scipy")


def definition(name: str, **changes: Any) -> dict[str, Any]:
    """A short study on real data."""
    base: dict[str, Any] = {
        "name": name,
        "experiment": "digits-mlp",
        "objective": "val_accuracy",
        "sampler": "random",
        "space": {"use": "four-families"},
        "training": {"epochs": 3},
        "max_trials": 8,
        "max_concurrent_trials": 2,
        "artifacts": "none",
        "seed": 11,
    }
    return base | changes


def curves_of(service: RealService, study: str, metric: str = "val_loss") -> list[tuple[Any, ...]]:
    """Trial, step, epoch and value of every point: what must be the same in a repetition."""
    query = {"study": study, "metric": metric}
    series = httpx.get(f"{service.hall.url}/api/v1/curves", params=query).json()["series"]
    points = [
        (s["trial"], *point) for s in series for point in zip(s["x"]["step"], s["x"]["epoch"], s["y"], strict=True)
    ]
    return sorted(points)


def trials_of(service: RealService, study: str) -> list[tuple[Any, ...]]:
    """What a repetition repeats of the trials."""
    return [(t["number"], t["state"], t["reason"], t["value"], t["parameters"]) for t in service.hall.trials(study)]


def test_a_study_is_repeatable_point_for_point_and_pruned_where_it_was_pruned(service: RealService) -> None:
    changes = {
        "sampler": {"name": "tpe", "n_startup_trials": 4},
        "pruner": {"name": "median", "n_startup_trials": 2, "warmup_epochs": 0},
        "max_concurrent_trials": 1,
    }
    for name in ("first", "second"):
        service.hall.submit(definition(name, **changes))
    assert [service.hall.wait(name)["state"] for name in ("first", "second")] == ["COMPLETED"] * 2
    assert trials_of(service, "first") == trials_of(service, "second")
    assert curves_of(service, "first") == curves_of(service, "second")
    assert any(state == "PRUNED" for _, state, *_ in trials_of(service, "first"))


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 on a socket for both families
    return (mapped or address).is_loopback


def test_nothing_listens_off_loopback(service: RealService) -> None:
    until(lambda: all(worker["state"] == "idle" for worker in service.hall.workers()) and service.hall.workers())
    listening = [
        connection.laddr
        for process in service.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 3
    assert [address for address in listening if not _is_loopback(address.ip)] == []


def test_the_api_process_stays_light(service: RealService) -> None:
    service.hall.validate(definition("light"))
    api = service.part("api")
    loaded = {module for module in HEAVY for file in api.memory_maps() if f"/site-packages/{module}/" in file.path}
    assert loaded == set()
    assert api.memory_info().rss < 150e6


def test_the_best_trial_is_measured_on_the_test_split_and_leaves_a_model(service: RealService, tmp_path: Any) -> None:
    service.hall.submit(definition("kept", artifacts="best", max_trials=4, training={"epochs": 8}))
    study = service.hall.wait("kept")
    best = service.hall.best("kept")
    assert study["test_result"]["trial"] == best["number"]
    assert 0 < study["test_result"]["metrics"]["test_accuracy"] <= 1
    assert service.hall.best_model("kept", tmp_path).stat().st_size > 1000


@pytest.mark.parametrize("replicates", [{}, {"seeds": 2, "folds": 2}], ids=["one run", "four runs"])
def test_the_printed_configuration_submitted_again_comes_to_the_same_number(
    service: RealService, tmp_path: Path, capsys: pytest.CaptureFixture[str], replicates: dict[str, int]
) -> None:
    name = f"found-with-{len(replicates)}"
    service.hall.submit(definition(name, replicates=replicates, max_trials=3))
    assert service.hall.wait(name)["state"] == "COMPLETED"
    with pytest.raises(SystemExit):
        main(["best", name, "--url", service.hall.url])
    (tmp_path / "best.yaml").write_text(capsys.readouterr().out)
    again = service.hall.submit(tmp_path / "best.yaml")["name"]
    assert service.hall.wait(again)["state"] == "COMPLETED"
    first, second = service.hall.best(name), service.hall.best(again)
    assert (second["number"], second["value"], second["metrics"]) == (0, first["value"], first["metrics"])
    assert [(run["seed"], run["fold"]) for run in second["runs"]] == [(r["seed"], r["fold"]) for r in first["runs"]]
    assert second["config"] == first["config"]


def test_what_a_population_has_found_trains_to_the_same_value_again(service: RealService) -> None:
    population = definition(
        "population",
        sampler={"name": "pbt", "population": 4, "interval": 1},
        space={"optimizer": {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0]}}},
        max_trials=None,
    )
    service.hall.submit(population)
    assert service.hall.wait("population")["state"] == "COMPLETED"
    members = [service.hall.trial("population", trial["number"]) for trial in service.hall.trials("population")]
    assert any(each["takes_over"] for member in members for each in member["history"])
    best = service.hall.best("population")
    again = service.hall.submit(best["rerun"])
    service.hall.wait(again["name"])
    assert service.hall.best(again["name"])["value"] == best["value"]
    first, *_ = curves_of(service, again["name"], "optimizer.lr")
    assert first[-1] == best["rerun"]["training"]["changes"][0]["values"]["optimizer.lr"]


def test_a_training_error_is_the_trials_reason_and_its_log_has_the_traceback(service: RealService) -> None:
    space = {"optimizer": {"name": "sgd", "lr": 1e30}}
    service.hall.submit(definition("diverging", space=space, max_trials=30))
    study = service.hall.wait("diverging")
    assert study["state"] == "FAILED"
    assert study["reason"].startswith("its first 5 trials all failed")
    assert service.hall.log(service.hall.trials("diverging")[0]["run_ids"][0])


def runs_of(service: RealService, study: str) -> list[dict[str, Any]]:
    """Every run of a study."""
    ids = [run_id for trial in service.hall.trials(study) for run_id in trial["run_ids"]]
    return [httpx.get(f"{service.hall.url}/api/v1/runs/{run_id}").json() for run_id in ids]


def training_of(service: RealService) -> dict[str, int]:
    """Who trains what: run id to the worker's process, as the engine has shown it last."""
    return {worker["run_id"]: worker["pid"] for worker in service.hall.workers() if worker["run_id"]}


EPOCHS_OF_LONG = 80
LONG: dict[str, Any] = {
    "experiment": "slow",
    "objective": "val_loss",
    "space": {"model": {"width": {"int": [4, 16]}}},
    "max_trials": 2,
    "training": {"epochs": EPOCHS_OF_LONG},
}


@pytest.fixture(scope="module")
def undisturbed(service: RealService) -> str:
    """A study of two long runs during which nothing was killed."""
    service.hall.submit(definition("undisturbed", **LONG))
    assert service.hall.wait("undisturbed")["state"] == "COMPLETED"
    return "undisturbed"


def begun(service: RealService, study: str) -> dict[str, int]:
    """Submit the same study once more, and wait until both of its runs train; who trains them comes back."""
    service.hall.submit(definition(study, **LONG))
    until(lambda: [run["epochs"] > 5 for run in runs_of(service, study)] == [True, True])
    until(lambda: len(training_of(service)) == 2)
    return training_of(service)


def _steps(run: dict[str, Any]) -> list[tuple[str, int]]:
    """Every point that MLflow has of a run, without its time."""
    return sorted((key, step) for key, points in run["points"].items() for step, *_ in points)


def check_nothing_noticed(service: RealService, study: str, undisturbed: str) -> None:
    """Both runs come to their end at the first attempt, as those undisturbed, and so MLflow shows them."""
    assert service.hall.wait(study)["state"] == "COMPLETED"
    runs = runs_of(service, study)
    assert [(run["state"], run["attempt"], run["epochs"]) for run in runs] == [("COMPLETED", 1, EPOCHS_OF_LONG)] * 2
    assert [len(service.hall.attempts(run["id"])) for run in runs] == [1, 1]
    assert curves_of(service, study) == curves_of(service, undisturbed)
    service.settled()
    shown = contents(MlflowClient(tracking_uri=service.settings.mlflow_database))
    steps = []
    for name in (study, undisturbed):
        (logged,) = [runs for experiment, runs in shown.items() if experiment.startswith(f"{name} ")]
        steps.append(sorted(map(_steps, logged.values())))
    assert len(steps[0]) == 2
    assert steps[0] == steps[1]


def test_kill_9_of_the_engine_interrupts_no_training(service: RealService, undisturbed: str) -> None:
    training = begun(service, "killed")
    engine = service.part("engine")
    engine.kill()
    engine.wait(10)
    epochs = [run["epochs"] for run in runs_of(service, "killed")]  # as they stay until another engine writes
    until(lambda: all(run["epochs"] > n for run, n in zip(runs_of(service, "killed"), epochs, strict=True)))
    until(lambda: training_of(service) == training)
    check_nothing_noticed(service, "killed", undisturbed)


def answers(service: RealService, path: str) -> bool:
    """Whether the API answers, and well."""
    try:
        return httpx.get(service.hall.url + path, follow_redirects=True).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_kill_9_of_api_tracker_and_mlflow_is_noticed_by_no_trial(service: RealService, undisturbed: str) -> None:
    until(lambda: answers(service, "/mlflow/"))
    begun(service, "unnoticed")
    epochs = [run["epochs"] for run in runs_of(service, "unnoticed")]
    killed = [service.part(name) for name in ("tracking", "mlflow", "api")]
    for part in killed:
        part.kill()
    psutil.wait_procs(killed, timeout=10)
    until(lambda: answers(service, "/readyz"))
    runs = runs_of(service, "unnoticed")
    assert all(run["epochs"] > n for run, n in zip(runs, epochs, strict=True)), "they went on meanwhile"
    check_nothing_noticed(service, "unnoticed", undisturbed)
    until(lambda: answers(service, "/mlflow/"))
    assert not {part.pid for part in killed} & {each.pid for each in service.processes()}


def test_the_death_of_ray_costs_no_attempt(service: RealService) -> None:
    service.hall.submit(definition("bereft", max_trials=6))
    until(lambda: service.hall.study("bereft")["counts"]["COMPLETED"] >= 2)
    next(process for process in service.processes() if process.name() == "raylet").kill()
    assert service.hall.wait("bereft")["state"] == "COMPLETED"
    assert [(run["state"], run["attempt"]) for run in runs_of(service, "bereft")] == [("COMPLETED", 1)] * 6


def test_the_parts_answer_on_one_port(service: RealService) -> None:
    """Asked late: MLflow gives way to all else, and is the last to come up."""
    url = service.hall.url
    for path, word in (("/", "<div id="), ("/mlflow/", "mlflow"), ("/api/docs", "studies"), ("/healthz", "")):
        until(lambda path=path: answers(service, path))
        assert word.lower() in httpx.get(url + path, follow_redirects=True).text.lower()


@pytest.fixture(scope="module")
def strange(service: RealService) -> RealService:
    """The service, with a study of each stranger's project and of every kind of module."""
    for name, (metric, direction, _) in PROJECTS.items():
        changes = {"experiment": name, "objective": {"metric": metric, "direction": direction}, "space": {}}
        pruner = {"name": "asha", "reduction_factor": 4}
        service.hall.submit(
            definition(name, **changes, pruner=pruner, artifacts="best", max_trials=4, training={"epochs": EPOCHS})
        )
    for name in STUDIES:
        submit(service.hall, name)
    return service


@pytest.mark.parametrize("name", PROJECTS)
def test_a_stranger_s_project_is_pruned_tested_and_leaves_a_model(
    name: str, strange: RealService, tmp_path: Path
) -> None:
    metric, _, tested = PROJECTS[name]
    study = strange.hall.wait(name)
    assert (study["state"], study["reason"]) == ("COMPLETED", "all 4 trials are done")
    assert {trial["state"] for trial in strange.hall.trials(name)} == {"COMPLETED", "PRUNED"}
    assert metric in strange.hall.best(name)["metrics"]
    result = study["test_result"]["metrics"]
    assert tested in result
    assert result.get("test_recalled", 0.0) == 0.0
    assert strange.hall.best_model(name, tmp_path).stat().st_size > 1000


@pytest.fixture(scope="module")
def hall(strange: RealService) -> Studyhall:
    """Where every kind of module was submitted."""
    return strange.hall


class TestModuleKinds(ModuleKinds):
    """Every kind of module on workers of Ray."""
