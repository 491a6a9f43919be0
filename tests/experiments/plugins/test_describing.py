"""The process that imports users' modules and describes them: what is refused, and what it says whatever they do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from experiments.errors import TrainingError
from experiments.plugins import registration

BROKEN = '''
import pytorch_lightning as pl

class NeedsObject(pl.LightningModule):
    def __init__(self, network): super().__init__()

class Empty(pl.LightningDataModule):
    """Nothing."""

class Unplain:
    model = NeedsObject
    data = Empty

class NoData:
    model = NeedsObject
    data = 3
'''

NOISY = """
import atexit
import os
import threading
import pytorch_lightning as pl

print("half a line", end="")
for stream in (1, 2):
    os.write(stream, b"no UTF-8: \\xe9")
atexit.register(print, "goodbye")
threading.Thread(target=threading.Event().wait).start()

class Model(pl.LightningModule):
    pass

class Data(pl.LightningDataModule):
    pass

class Noisy:
    model, data = Model, Data
"""


def test_what_cannot_be_described_is_refused_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that describes is started in a folder whose modules have the names of ours, and ignores them."""
    current, path = tmp_path / "current", tmp_path / "path"
    current.mkdir()
    path.mkdir()
    for name in ("torch.py", "experiments.py"):
        (current / name).write_text("raise SystemExit('shadowed')\n")
    (path / "broken_experiments.py").write_text(BROKEN)
    (path / "raises.py").write_text("raise RuntimeError('no such sensor: \\udce9')\n")
    (path / "noisy.py").write_text(NOISY)
    monkeypatch.chdir(current)
    monkeypatch.setenv("PYTHONPATH", f"{path}:{Path(__file__).parents[3]}")
    described = registration.describe(["raises", "broken_experiments", "nowhere", "noisy"])
    refused = {entry["name"]: entry["reason"] for entry in described["refused"]}
    assert refused["raises"] == "RuntimeError: no such sensor: ?", "every terminal and every answer takes it"
    assert "NeedsObject(network) has no default and no plain type" in refused["broken_experiments"]
    assert "No module named 'nowhere'" in refused["nowhere"]
    assert [experiment["name"] for experiment in described["experiments"]] == ["noisy"]


@pytest.mark.parametrize("said", ["print('nothing of ours')", "pass"])
def test_a_process_that_does_not_describe_is_told(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration.own_process, "command", lambda *words: [sys.executable, "-c", said])
    with pytest.raises(TrainingError, match="users' own modules ended the process that imports them"):
        registration.describe(["anything"])
