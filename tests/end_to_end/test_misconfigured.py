"""What the settings name does not answer: the terminal says so once, ``/readyz`` as long as it is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import Settings
from tests.support.real_service import served_in_vain

pytestmark = pytest.mark.slow


def test_artifacts_and_a_ray_that_do_not_answer_are_told_once_and_tried_again(tmp_path: Path) -> None:
    """One after the other: the first is mended while the engine tries."""
    in_the_way = tmp_path / "place"
    in_the_way.touch()
    url = f"file://{in_the_way}/artifacts"
    settings = Settings(
        home=tmp_path / "home", port=0, ray_address="127.0.0.1:9", artifact_url=url, mlflow_enabled=False
    )
    with served_in_vain(settings, tmp_path / "terminal") as terminal:
        terminal.tells(f"the artifact store {url} cannot be used", tries=2)
        in_the_way.unlink()
        terminal.tells("Ray at 127.0.0.1:9 does not answer", tries=2)
        assert "STUDYHALL_ARTIFACT_URL must name a place" in terminal.said()
        assert terminal.said().count("engine ended") == 2
