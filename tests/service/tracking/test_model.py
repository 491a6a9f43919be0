"""An exported model in the local MLflow store: a folder that MLflow loads, made without PyTorch."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.models import Model

from service.settings import Settings
from service.tracking.tracker import Tracker
from tests.support.models import MODEL_FILES, trial_with_model
from tests.support.tracking import Engine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning"),  # MLflow says so of its own classes
]


def test_mlflow_loads_the_model_with_its_signature_and_gives_the_same_numbers(
    settings: Settings, engine: Engine, tracker: Tracker, tmp_path: Path
) -> None:
    study = engine.study()
    signature = trial_with_model(engine, study, tmp_path)
    tracker.drain()
    experiment = str(engine.store.studies.get(study.id).mlflow_experiment_id)
    run_folder = settings.mlflow_artifacts / experiment / str(engine.store.trials.get(study.id, 0).mlflow_run_id)
    folder = run_folder / "artifacts" / "model"
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert held == {*MODEL_FILES, "model.md", "data/model.pt2"}

    inputs, outputs = (np.array(signature["example"][side], np.float32) for side in ("inputs", "outputs"))
    loaded = mlflow.pyfunc.load_model(str(folder))
    np.testing.assert_array_equal(loaded.predict(inputs), outputs)
    np.testing.assert_array_equal(loaded.input_example, inputs)
    assert [tuple(spec.shape) for spec in (*loaded.metadata.signature.inputs, *loaded.metadata.signature.outputs)] == [
        (-1, 4),
        (-1, 3),
    ]
    with pytest.raises(mlflow.MlflowException, match="shape"):
        loaded.predict(inputs[:, :3])
    assert Model.load(str(folder)).get_model_info().flavors["pytorch"]["model_data"] == "data"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    engine.store.sync_items.mark_all_dirty()
    tracker.drain()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_is_no_model_of_ours_is_kept_as_it_is(settings: Settings, engine: Engine, tracker: Tracker) -> None:
    study = engine.study()
    trial, [run] = engine.insert(study, 0)
    engine.report(run, [1])
    engine.add_file(run, "model.pt2", b"no archive")
    engine.end(trial, [run])
    tracker.drain()
    assert [path.read_bytes() for path in settings.mlflow_artifacts.rglob("model.pt2")] == [b"no archive"]
    assert not list(settings.mlflow_artifacts.rglob("MLmodel"))
