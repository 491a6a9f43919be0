"""The same trials under ray.tune, in its own process: `python -m tests.benchmarks.throughput.tune_side REQUEST.json`.

The trainable is the very same ``experiments.train.train``; only who samples, schedules and logs differs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from experiments.parsing import parse_config
from experiments.reporting import Decision, Report, Silence


class TuneReporter(Silence):
    """Hands every report to ray.tune, and keeps nothing else."""

    def report(self, report: Report) -> Decision:
        from ray import tune

        tune.report({**report.metrics, "epoch": report.epoch})
        return Decision.CONTINUE


def train_one(parameters: dict[str, Any]) -> None:
    """One trial: the base config with this trial's parameters."""
    import torch

    from experiments.train import train

    torch.set_num_threads(1)
    document = parameters["config"] if "config" in parameters else _filled(parameters)
    with tempfile.TemporaryDirectory() as directory:
        train(parse_config(document), TuneReporter(), Path(directory))


def _filled(parameters: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(parameters["base"])
    document["optimizer"] = {"name": "adamw", "lr": parameters["lr"], "weight_decay": parameters["weight_decay"]}
    document["regularizers"] = {"dropout": {"p": parameters["dropout"]}}
    return document


def callback(directory: Path) -> Any:
    """Tune's own MLflow callback, writing straight to SQLite the curves we log, and the config of every run."""
    from experiments.config import metric_names

    curves = metric_names("classification")
    from ray.air.integrations.mlflow import MLflowLoggerCallback

    class WithConfig(MLflowLoggerCallback):
        first_result: float | None = None

        def log_trial_result(self, iteration: int, trial: Any, result: dict[str, Any]) -> None:
            self.first_result = self.first_result or time.perf_counter()
            super().log_trial_result(iteration, trial, {name: result[name] for name in ("training_iteration", *curves)})

        def log_trial_end(self, trial: Any, failed: bool = False) -> None:
            self.mlflow_util._mlflow.tracking.MlflowClient(self.tracking_uri).log_dict(
                self._trial_runs[trial], trial.config, "config.json"
            )
            super().log_trial_end(trial, failed)

    return WithConfig(tracking_uri=f"sqlite:///{directory / 'mlflow.db'}", experiment_name="tune")


def param_space(request: dict[str, Any]) -> dict[str, Any]:
    """The given configurations one by one, or ranges for TPE."""
    from ray import tune

    if request["configs"]:
        return {"config": tune.grid_search(request["configs"])}
    return {
        "base": json.dumps(request["base"]),
        "lr": tune.loguniform(1e-4, 1e-1),
        "weight_decay": tune.loguniform(1e-5, 1e-1),
        "dropout": tune.uniform(0.0, 0.5),
    }


def search(request: dict[str, Any]) -> Any:
    """OptunaSearch with TPE, or nothing for given configurations."""
    if request["configs"]:
        return None
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    return OptunaSearch(metric="val_loss", mode="min", sampler=optuna.samplers.TPESampler(seed=7, multivariate=True))


def run(request: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Run the study and time it; the clock starts when ray is up and ends when every result is in MLflow."""
    import psutil
    import ray
    from ray import tune

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
    warm = [ray.remote(_warm).remote() for _ in range(2)]
    ray.get(warm)
    options: dict[str, Any] = {"search_alg": search(request)} if not request["configs"] else {}
    if request["reuse_actors"]:
        options["reuse_actors"] = True
    logger = callback(directory)
    tuner = tune.Tuner(
        tune.with_resources(train_one, {"cpu": 1}),
        param_space=param_space(request),
        tune_config=tune.TuneConfig(
            num_samples=1 if request["configs"] else request["n_trials"], max_concurrent_trials=2, **options
        ),
        run_config=tune.RunConfig(
            storage_path=str(directory / "tune"),
            verbose=0,
            callbacks=[logger],
        ),
    )
    cpu, start = sum(psutil.cpu_times()[:3]), time.perf_counter()
    results = tuner.fit()
    wall, used = time.perf_counter() - start, sum(psutil.cpu_times()[:3]) - cpu
    start_up = (logger.first_result or start) - start
    losses = [result.metrics["val_loss"] for result in results if result.metrics]
    ray.shutdown()
    return {"wall": wall, "start_up": start_up, "cpu": used, "losses": sorted(losses), "n_trials": len(losses)}


def _warm() -> None:
    import experiments.train  # noqa: F401


if __name__ == "__main__":
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1", RAY_AIR_NEW_OUTPUT="0")
    request_file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        answer = run(json.loads(request_file.read_text()), Path(place))
    request_file.with_suffix(".answer.json").write_text(json.dumps(answer))
