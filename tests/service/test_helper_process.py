"""A process that answers questions: lost, and in the way of nothing that a library prints."""

from __future__ import annotations

import os
import pickle

import pytest

from service.helper_process import HelperLost, HelperProcess
from tests.support.acts import Acts


async def test_what_is_printed_is_no_answer_and_a_lost_process_is_replaced() -> None:
    helper = HelperProcess("service.engine.sampling.proposals")
    printing = pickle.dumps(Acts(print, "noise" * 100))
    try:
        said = pickle.loads(await helper.ask(printing, 60.0))
        assert said.startswith("AttributeError: 'NoneType'")
        with pytest.raises(HelperLost, match="its process ended"):
            await helper.ask(pickle.dumps(Acts(os._exit, 3)), 60.0)
        assert pickle.loads(await helper.ask(printing, 60.0)) == said
    finally:
        await helper.end()
