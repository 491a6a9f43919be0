"""Who asks is room for a run of the study that is asked for."""

from __future__ import annotations

from typing import Any, cast

from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import PoolWithAskers
from service.study.asks import Ask
from service.study.jobs import PoolKey, Resources
from tests.support.scripted_pool import ScriptedPool, accuracy


def test_what_is_asked_for_lacks_nobody() -> None:
    askers, key = Askers(cast(Any, None), cast(Any, None)), PoolKey(Resources(1), elsewhere="st")
    pool = PoolWithAskers(ScriptedPool(accuracy), askers)
    assert pool.shortage(key) == "nobody has asked for a trial"
    askers._waiting["as"] = Ask("as", "st", 600, 1, None, 1, over=False)
    assert pool.shortage(key) == ""
