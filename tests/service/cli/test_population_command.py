"""What the command says of a population."""

from __future__ import annotations

import yaml

from tests.service.cli.conftest import Command
from tests.support.api import Bench
from tests.support.population import two_members


def test_the_best_schedule_of_values_is_printed_with_where_it_came_from(studyhall: Command, lab: Bench) -> None:
    two_members(lab)
    _, out, _ = studyhall("best", "digits")
    assert out.startswith("# from trial 1: 0.9 against 0.6\n")
    assert yaml.safe_load(out)["training"]["changes"][1] == {"after_epoch": 1, "values": {"optimizer.lr": 0.125}}
    assert "The parameters are those that each member began with" in studyhall("show", "digits")[1]
