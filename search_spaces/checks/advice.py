"""What a space may do, but is unwise to do."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.data import DATA, HELD_OUT
from search_spaces.ranges import Choice, Numeric, Range, Stepped, Uniform
from search_spaces.space import SearchSpace

DECADES = 100
"""From this ratio of the bounds on, a linear range leaves the small values almost untried."""


def advice(space: SearchSpace) -> Iterator[str]:
    """Warnings in words a user can act on."""
    if not space.parameters:
        yield "nothing varies: every trial trains the same configuration"
    for parameter in space.parameters:
        yield from _range_advice(parameter.path, parameter.range)
    yield from _stopping_advice(space)
    yield from _rate_advice(space)
    yield from _forgetting_advice(space)
    yield from _batch_advice(space)


def _range_advice(path: str, range_: Range) -> Iterator[str]:
    if type(range_) is Uniform and range_.low > 0 and range_.high / range_.low >= DECADES:
        share = (range_.high / 10 - range_.low) / (range_.high - range_.low)
        yield f"{path}: only {share:.0%} of {range_} lies below a tenth of its end; log_uniform suits such a span"
    if isinstance(range_, Stepped) and range_.probes()[-1] != range_.high:
        last = range_.probes()[-1]
        yield f"{path}: {range_.high:g} is not reached; in steps of {range_.q:g} the last value is {last:g}"


def _stopping_advice(space: SearchSpace) -> Iterator[str]:
    parts = {slot.path: slot.branches[-1].content for slot in space.slots}
    epochs = _greatest(parts.get("training.epochs"))
    patience = _least((parts.get("regularizers.early_stopping") or {}).get("patience"))
    if epochs is not None and patience is not None and patience >= epochs:
        yield f"early_stopping waits {patience:g} epochs at least, and no run has more than {epochs:g}: it never acts"


def _rate_advice(space: SearchSpace) -> Iterator[str]:
    tests = (slot for slot in space.slots if slot.path == "training.lr_range_test")
    tested = any(branch.content is True for slot in tests for branch in slot.branches)
    searched = [each.path for each in space.parameters if each.path.startswith("optimizer") and each.path[-3:] == ".lr"]
    if tested and searched:
        yield f"{searched[0]}: the range test of training.lr_range_test replaces the rate that is searched"


def _forgetting_advice(space: SearchSpace) -> Iterator[str]:
    models = [branch.content for slot in space.slots if slot.path == "model" for branch in slot.branches]
    cells = {str(cell) for model in models if model["name"] == "rnn" for cell in _each(model.get("cell", "lstm"))}
    searched = [parameter.path for parameter in space.parameters if parameter.path.endswith(".forget_bias")]
    if searched and cells - {"lstm"}:
        others = ", ".join(sorted(cells - {"lstm"}))
        yield f"{searched[0]}: only the cell lstm has forget gates; with {others} every value does the same"


def _batch_advice(space: SearchSpace) -> Iterator[str]:
    """Batches that hold all training examples are the same, whatever size was asked for."""
    data = [DATA[branch.content["name"]] for slot in space.slots if slot.path == "data" for branch in slot.branches]
    most = max((int((1 - HELD_OUT) * each.n_examples) for each in data), default=0)
    sizes = next((each.range for each in space.parameters if each.path == "training.batch_size"), None)
    if sizes is None or not all(each.n_examples for each in data):
        return
    beyond = [size for size in sizes.probes() if isinstance(size, int | float) and size >= most]
    if len(beyond) > (1 if isinstance(sizes, Choice) else 0):
        names = ", ".join(each.id() for each in data)
        yield f"training.batch_size: {names} has at most {most} training examples; larger batches are all the same"


def _each(value: object) -> tuple[object, ...]:
    return value.options if isinstance(value, Choice) else (value,)


def _least(value: object) -> float | None:
    return _end(value, 0)


def _greatest(value: object) -> float | None:
    return _end(value, -1)


def _end(value: object, end: int) -> float | None:
    if isinstance(value, Choice):
        numbers = sorted(each for each in value.options if isinstance(each, int | float))
        return numbers[end] if numbers else None
    if isinstance(value, Numeric):
        return value.probes()[end]  # type: ignore[no-any-return]
    return value if isinstance(value, int | float) else None
