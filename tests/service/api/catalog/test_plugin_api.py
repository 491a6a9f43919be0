"""Users' own components: known to the API by name without loading their code; what cannot be used does no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import Settings

MODULE = '''
"""A component of somebody else."""
import torch
from typing import Literal
from experiments.component import hp, log_uniform
from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.schedules import SCHEDULES, Schedule


@OPTIMIZERS.add
class Mine(Optimizer):
    """An optimizer of one's own (nobody, 2026)."""

    target = "torch.optim:SGD"
    name: Literal["mine"] = "mine"
    boost: float = hp(1.5, gt=1, search=log_uniform(1.1, 9.0), help="How much more.")


@SCHEDULES.add
class Down(Schedule):
    """A schedule of one's own (nobody, 2026)."""

    name: Literal["down"] = "down"
    formula = "1 - t"

    def at(self, progress, history):
        return 1 - progress
'''
ASK = """
import sys
from fastapi.testclient import TestClient
from service.api.app import create_app
from service.settings import Settings

mine = {"name": "mine", "lr": 0.1}
study = {"name": "own", "experiment": "digits-mlp", "sampler": "random", "max_trials": 2}
with TestClient(create_app(Settings()), base_url="http://127.0.0.1") as api:
    right = api.post("/api/v1/studies", json={**study, "space": {"optimizer": {**mine, "boost": 2.0}}})
    wrong = api.post("/api/v1/studies", json={**study, "space": {"optimizer": {**mine, "boost": 0.5}}})
    entry = api.get("/api/v1/catalog/optimizer/mine")
    down = api.get("/api/v1/catalog/schedule/down").json()
    curve = api.post("/api/v1/schedules:preview", json={"schedule": "down"}).json()
print(down["formula"], down["own"], curve["status"], curve["errors"][0]["path"])
print(right.status_code, wrong.status_code, wrong.json()["errors"][0]["path"], entry.json()["fields"][-1]["name"])
print("torch" in sys.modules, "own_part" in sys.modules)
"""


@pytest.mark.slow
def test_the_api_knows_a_user_s_component_from_its_description(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "own_part.py").write_text(MODULE)
    variables = {
        "STUDYHALL_HOME": str(settings.home),
        "STUDYHALL_COMPONENTS": '["own_part", "no_such_module"]',
        "PYTHONPATH": str(tmp_path),
    }

    done = subprocess.run(
        [sys.executable, "-c", ASK], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == [
        "1 - t True 422 schedule.down",
        "201 422 space.optimizer.boost boost",
        "False False",
    ], done.stderr
    assert "no_such_module is left out" in done.stderr
