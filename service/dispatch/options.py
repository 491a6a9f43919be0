"""What pools of both kinds are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from service.settings import Settings
from service.study.jobs import PoolKey, Resources


@dataclass(frozen=True)
class PoolOptions:
    """What pools of both kinds need to know."""

    artifacts: str
    scratch: Path
    """The folder in which each worker makes a directory of its own; see ``WorkerSpec``."""
    workers: int = 0
    """Most workers at a time; 0 for one per CPU of all nodes."""
    gpus: float | None = None
    default_key: PoolKey = field(default_factory=lambda: PoolKey(Resources()))
    components: tuple[str, ...] = ()
    trainer: str = "experiments.train"
    silence: float = 60.0
    """Seconds after which a worker that says nothing is ended."""

    @classmethod
    def from_settings(cls, settings: Settings) -> PoolOptions:
        """The options that the settings ask for."""
        return cls(
            artifacts=settings.artifacts if "://" in settings.artifacts else str(Path(settings.artifacts).absolute()),
            scratch=settings.scratch,
            workers=settings.workers,
            gpus=settings.gpus,
            components=settings.components,
            silence=settings.worker_silence,
        )
