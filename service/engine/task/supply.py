"""What becomes of a study whose next trials cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable

from experiments.errors import InvalidInput
from service.engine.quarantine import PatienceWithSampler
from service.engine.sampling.sampler_processes import SamplingFailed
from service.engine.state import ActiveStudy
from service.engine.task.new_trials import Drawing
from service.study.code import difference


class Supply:
    """Draws trials, with patience where the sampler raises. ``hold`` pauses the study, ``fail`` ends it."""

    def __init__(
        self, active: ActiveStudy, drawing: Drawing, hold: Callable[[str], None], fail: Callable[[str], None]
    ) -> None:
        self._active = active
        self._drawing = drawing
        self._hold = hold
        self._fail = fail
        self._patience = PatienceWithSampler()
        self.quarantined = ""
        """Why the sampler is not asked any more; empty while it is."""

    async def draw(self, n: int) -> None:
        """Draw so many, or do what is to be done where that cannot be."""
        try:
            await self._drawing.draw(n)
        except InvalidInput as error:
            self._refuse(error)
        except SamplingFailed as error:
            self.quarantined = await self._patience.bear_with(error, self._active.study.id)
        else:
            self._patience = PatienceWithSampler()

    def _refuse(self, error: InvalidInput) -> None:
        gone = difference(self._active.study.code)
        if gone:  # what is known of the components now is not what the space was made for
            self._hold(gone)
        else:
            self._fail(f"no configuration without a conflict was drawn any more: {error}")
