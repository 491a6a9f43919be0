"""An experiment keeps to one package of Lightning, or is told which import to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.errors import TrainingError
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.train import train
from tests.support.training.lightning_modules import PACKAGES, line, loaded

DATA_OF_THE_OTHER = """
from pure_OURS import Net
import pure_THEIRS


class Csv(pure_THEIRS.Data):
    pass


class Mixed:
    model, data = Net, Csv
"""
CALLBACK_OF_THE_OTHER = """
from THEIR_PACKAGE.callbacks import EarlyStopping
from pure_OURS import Data, Net


class Watched(Net):
    def configure_callbacks(self):
        return [EarlyStopping(monitor) for monitor in ("val_loss", "train_loss")]


class Mixed:
    model, data = Watched, Data
"""
IMPORTED_LATE = """
from pure_OURS import Data, Net


class Watched(Net):
    def configure_callbacks(self):
        import THEIR_PACKAGE as late
        return late.callbacks.EarlyStopping("val_loss")


class Mixed:
    model, data = Watched, Data
"""
FROM_ELSEWHERE = """
import pure_THEIRS
from pure_OURS import Data, Net


def callbacks():
    return [pure_THEIRS.Late()]


class Watched(Net):
    def configure_callbacks(self):
        return callbacks()


class Mixed:
    model, data = Watched, Data
"""
SOURCES = {
    "data_of_the_other": (DATA_OF_THE_OTHER, "its data Csv", "pure_THEIRS", 2),
    "callback_of_the_other": (CALLBACK_OF_THE_OTHER, "the callback EarlyStopping", "callback_of_the_other_OURS", 2),
    "imported_late": (IMPORTED_LATE, "the callback THEIR_PACKAGE", "imported_late_OURS", 7),
}
SIDES = ({"OURS": "a", "THEIRS": "b"}, {"OURS": "b", "THEIRS": "a"})


def of(side: dict[str, str], text: str) -> str:
    ours, theirs = PACKAGES if side["OURS"] == "a" else PACKAGES[::-1]
    for word, meant in {"OUR_PACKAGE": ours, "THEIR_PACKAGE": theirs, **side}.items():
        text = text.replace(word, meant)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mixed")


@pytest.fixture(scope="module", autouse=True)
def found(folder: Path) -> Iterator[dict[str, Any]]:
    """What is found in modules that mix, in both directions."""
    sources = {"pure_a": line(PACKAGES[0], "PureA"), "pure_b": line(PACKAGES[1], "PureB")}
    texts = {**{name: text for name, (text, *_) in SOURCES.items()}, "from_elsewhere": FROM_ELSEWHERE}
    for side in SIDES:
        named = {f"{name}_{side['OURS']}": of(side, text) for name, text in texts.items()}
        sources |= {
            name: text.replace("class Mixed:", f'class Mixed:\n    name = "{name}"') for name, text in named.items()
        }
    yield from loaded(folder, sources)


@pytest.mark.parametrize("side", SIDES, ids=["first", "second"])
@pytest.mark.parametrize("name", SOURCES)
def test_mixing_is_refused_with_the_line_to_change(
    side: dict[str, str], name: str, found: dict[str, Any], folder: Path
) -> None:
    _, what, file, number = SOURCES[name]
    reasons = {refused["name"]: refused["reason"] for refused in found["refused"]}
    place = f"in line {number} of {folder / of(side, file)}.py"
    assert f"{of(side, what)} is of {of(side, 'THEIR_PACKAGE')}" in reasons[f"{name}_{side['OURS']}"]
    assert f"{place} import {of(side, 'OUR_PACKAGE')} instead" in reasons[f"{name}_{side['OURS']}"]


@pytest.mark.parametrize("side", SIDES, ids=["first", "second"])
def test_a_callback_that_comes_from_elsewhere_is_refused_when_it_comes(
    side: dict[str, str], found: dict[str, Any], folder: Path, tmp_path: Path, reporter_class: Any
) -> None:
    config = parse_config(EXPERIMENTS[f"from_elsewhere_{side['OURS']}"].base())
    with pytest.raises(TrainingError, match=of(side, r"the callback Late .* line 2 of .*pure_THEIRS\.py")):
        train(config, reporter_class(), tmp_path)


@pytest.mark.parametrize("names", [("pure-a", "pure-b"), ("pure-b", "pure-a")])
def test_data_of_another_experiment_are_refused_with_the_line_to_change(
    names: tuple[str, str], folder: Path, tmp_path: Path, reporter_class: Any
) -> None:
    model, data = names
    config = parse_config({"model": model, "data": data})
    file = folder / f"{data.replace('-', '_')}.py"
    with pytest.raises(TrainingError, match=rf"its data Data is of .* in line 2 of {file} import "):
        train(config, reporter_class(), tmp_path)


def test_the_pure_ones_are_taken(found: dict[str, Any]) -> None:
    assert {"pure-a", "pure-b"} <= {experiment["name"] for experiment in found["experiments"]}
