"""The examples run, and README and docs show them as they are."""

from __future__ import annotations

import asyncio
import io
import runpy
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.__main__ import read_config
from experiments.config import ExperimentConfig
from experiments.console import ConsoleReporter
from experiments.documents import read_yaml
from experiments.parsing import parse_config
from experiments.plugins.user_data import data_module
from experiments.reporting import Decision
from experiments.train import train
from search_spaces.chance import Chance
from search_spaces.sampling import draw
from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import PoolWithAskers
from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.study.definitions.definition import StudyDefinition
from tests.service.engine.conftest import Bench
from tests.support.api import listening, migrated, settings
from tests.support.documents import DOCUMENTS, ROOT
from tests.support.scripted_pool import ScriptedPool
from tests.support.training.registering import registered

__all__ = ["migrated", "settings"]

EXAMPLES = ROOT / "examples"
SHOWN = {
    "mine.yaml": "README.md",
    "three_optimizers.yaml": "docs/tutorial.md",
    "python_client.py": "docs/client.md",
    "plain_http.py": "docs/client.md",
    "train_elsewhere.py": "docs/elsewhere.md",
}
STUDIES = ["mine.yaml", "three_optimizers.yaml", "grid.yaml", "replicates.yaml"]


OWN_CODE = {
    "own_code/study.yaml": ("spirals", "spirals.sign_sgd"),
    "own_folds/visits.yaml": ("own_folds",),
    "own_folds/loads.yaml": ("own_folds",),
}


@contextmanager
def known(study: str) -> Iterator[None]:
    """The code of one's own that a study names is known."""
    modules = OWN_CODE[study]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES / study.partition("/")[0])
        with registered(*modules):
            yield
    for name in [name for name in sys.modules if name.partition(".")[0] == modules[0]]:
        del sys.modules[name]


class Dropping(ConsoleReporter):
    """Wants no model of the run: to export one takes longer than to train it."""

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        return Decision.DROP


def trained(config: ExperimentConfig, folder: Path) -> Mapping[str, float]:
    """The metrics of a run."""
    return train(config, Dropping(io.StringIO()), folder).metrics


@pytest.fixture
def service(settings: Settings) -> Iterator[str]:
    """The address of an API, with an engine whose workers follow a script: each epoch is better than the one before."""
    database, done = open_database(settings.database), threading.Event()

    async def work() -> None:
        bench = Bench(database)
        askers = Askers(bench.store, Watcher(database).subscribe())
        workers = ScriptedPool(lambda job: [0.5, 0.6, 0.7], n_workers=2)
        async with bench.engine(PoolWithAskers(workers, askers)):
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=[work()])
    with listening(settings) as url:
        thread.start()
        yield url
        done.set()
        thread.join()
    database.dispose()


@pytest.mark.parametrize(("program", "study"), [("plain_http.py", "plain-http"), ("python_client.py", "python-client")])
def test_a_program_runs_a_study(
    program: str, study: str, service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [program, service])
    runpy.run_path(str(EXAMPLES / program), run_name="__main__")
    said = capsys.readouterr().out
    assert "all 8 trials" in said
    assert "0.7" in said
    assert ("did you mean 'grid'" in said) == (program == "python_client.py")


def test_a_program_that_trains_by_itself_asks_for_its_trials(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train_elsewhere.py", service])
    runpy.run_path(str(EXAMPLES / "train_elsewhere.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "trial 5: " in said
    assert "all 6 trials are done {'lr': " in said


def sampled(file: str) -> tuple[StudyDefinition, ExperimentConfig]:
    """A study, and the first of its configurations, cut to one epoch."""
    definition = StudyDefinition.parse(read_yaml((EXAMPLES / file).read_bytes()))
    _, drawn = draw(definition.search_space(), Chance(0))
    whole = definition.complete(drawn)
    return definition, parse_config({**whole, "training": {**whole["training"], "epochs": 1}, "seed": 1})


@pytest.mark.parametrize("file", STUDIES)
def test_a_study_is_accepted_and_trains(file: str, tmp_path: Path) -> None:
    definition, config = sampled(file)
    assert definition.objective.metric in trained(config, tmp_path)


@pytest.mark.parametrize("study", OWN_CODE)
def test_a_study_of_own_code_is_accepted_and_trains(study: str, tmp_path: Path) -> None:
    with known(study):
        definition, config = sampled(study)
        assert definition.objective.metric in trained(config, tmp_path)


@pytest.mark.parametrize("study", ["own_folds/visits.yaml", "own_folds/loads.yaml"])
def test_folds_of_own_data_are_those_that_the_data_say(study: str, tmp_path: Path) -> None:
    """In every fold no patient is in two parts, and no row that is trained on comes after one that judges it."""
    with known(study):
        definition, config = sampled(study)
        parts = []
        for fold in range(definition.replicates.folds or 0):
            data = data_module(replace(config, fold=fold))
            data.setup("fit")
            _, _, says = data.read()
            group = says.get("groups")
            rows = data.rows
            if group is None:
                assert rows.train.max() < rows.validation.min() <= rows.validation.max() < rows.test.min()
            else:
                sets = [set(group[part]) for part in (rows.train, rows.validation, rows.test)]
                assert sum(map(len, sets)) == len(set.union(*sets)) == 60
            parts.append(rows)
        assert len(parts) == 4
        assert len({tuple(each.test) for each in parts}) == 1
        assert len({tuple(each.validation) for each in parts}) == 4


def test_a_single_configuration_trains(tmp_path: Path) -> None:
    assert trained(read_config(EXAMPLES / "one_configuration.yaml"), tmp_path)["val_accuracy"] > 0.8


@pytest.mark.parametrize(("file", "document"), SHOWN.items())
def test_it_is_shown_as_it_is(file: str, document: str) -> None:
    assert f"\n{(EXAMPLES / file).read_text()}```" in DOCUMENTS[document]


def test_no_example_is_left_out() -> None:
    run = {*STUDIES, *SHOWN, *OWN_CODE, "one_configuration.yaml"}
    assert {
        str(path.relative_to(EXAMPLES)) for pattern in ("*.yaml", "*.py", "*/*.yaml") for path in EXAMPLES.glob(pattern)
    } == run
