"""What a member of a population has trained: its own, and all that it took over from others."""

from __future__ import annotations

from service.study.lineages import Lineage, followed, with_values
from service.study.records import Continuation

FIRST = Lineage(7, ((0, {"optimizer.lr": 0.1, "regularizers.dropout.p": 0.2}),))
CONFIG = {
    "optimizer": {"name": "sgd", "lr": 0.5},
    "regularizers": {"dropout": {"name": "dropout", "p": 0.5}},
    "training": {"epochs": 6},
}


def move(run: str, epoch: int, parent: str) -> Continuation:
    return Continuation(run, 0, epoch, None, 0, parent, "", {}, "")


def test_a_config_has_the_values_that_a_lineage_began_with_and_what_changed_since() -> None:
    lineage = FIRST.then(2, {"optimizer.lr": 0.2, "regularizers.dropout.p": 0.2}).then(4, FIRST.values)
    assert lineage.config(CONFIG) == {
        "optimizer": {"name": "sgd", "lr": 0.1},
        "regularizers": {"dropout": {"name": "dropout", "p": 0.2}},
        "seed": 7,
        "training": {
            "epochs": 6,
            "changes": [
                {"after_epoch": 0, "values": {"optimizer.lr": 0.1, "regularizers.dropout.p": 0.2}},
                {"after_epoch": 2, "values": {"optimizer.lr": 0.2}},
                {"after_epoch": 4, "values": {"optimizer.lr": 0.1}},
            ],
        },
    }
    assert FIRST.then(2, FIRST.values) == FIRST
    assert CONFIG["optimizer"] == {"name": "sgd", "lr": 0.5}, "what is shared is not changed"
    assert with_values(CONFIG, {}) == CONFIG


def test_the_curve_of_a_lineage_is_the_other_s_up_to_each_takeover() -> None:
    curves = {run: {epoch: 10.0 * place + epoch for epoch in range(1, 7)} for place, run in enumerate("abc")}
    # At 4, b takes over from a what a took over from c at 2, and a from b what b had before.
    moves = [move("a", 2, "c"), move("b", 4, "a"), move("a", 4, "b"), move("c", 4, "c")]
    found = followed(curves, moves)
    assert list(found["b"].values()) == [21, 22, 3, 4, 15, 16]
    assert list(found["a"].values()) == [11, 12, 13, 14, 5, 6]
    assert found["c"] == curves["c"]
