"""What pools of both kinds are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from service.hardware import n_cpus
from service.settings import Settings
from service.study.jobs import PoolKey, Resources


@dataclass(frozen=True)
class PoolOptions:
    """What pools of both kinds need to know."""

    artifacts: str
    scratch: Path
    workers: int = 0
    """Most workers at a time; 0 for one per CPU."""
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

    def n_workers(self) -> int:
        """Most workers at a time."""
        return self.workers or n_cpus()
