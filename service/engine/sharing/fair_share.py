"""Whose turn it is by weight: stride scheduling over the time that runs hold a part of the cluster.

A study has a *virtual time*: what its runs have held, divided by its weight, 2 to its priority. Whoever is least far
comes next; so of two that always want more, one of twice the weight holds twice as much. How long a run will take
nobody knows, so at its start it is charged what those before it took, and once it has ended, what it took in truth:
without a charge in advance, a study that comes first would take all workers that are free at one moment.

Who wants nothing for a while saves nothing up: it falls behind by one run at most. Who comes new begins level.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

UNKNOWN_SECONDS = 60.0
"""How long a run is taken to last while none has ended."""
MEMORY = 20
"""Over about how many runs the time that one takes is averaged."""


@dataclass(frozen=True)
class Claim:
    """What a study holds now, and what it may come to hold."""

    study: str
    priority: int
    share: float
    """The part of the cluster that one of its runs holds."""
    runs: Collection[str]
    """Those that workers have."""
    waits: bool
    """Whether it would start another one."""

    @property
    def weight(self) -> float:
        """How much it is to hold, beside others."""
        return 2.0**self.priority


@dataclass
class Mean:
    """The time that runs took lately."""

    seconds: float = 0.0
    n: int = 0

    def add(self, seconds: float) -> None:
        """A run has ended."""
        self.n = min(self.n + 1, MEMORY)
        self.seconds += (seconds - self.seconds) / self.n


@dataclass
class Account:
    """One study's virtual time, but for the runs that it holds now."""

    time: float = 0.0
    begun: dict[str, float] = field(default_factory=dict)
    """When each of those runs was first seen."""
    taken: Mean = field(default_factory=Mean)


class FairShare:
    """The virtual times of all studies, kept by looking at what they hold."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._taken = Mean()
        """Over all studies, for one of which no run has ended yet."""

    def times(self, now: float, claims: Sequence[Claim]) -> Mapping[str, float]:
        """How far each study is; ``now`` is in seconds, of a clock that only goes forward."""
        self._accounts = {claim.study: self._accounts[claim.study] for claim in claims if claim.study in self._accounts}
        for claim in claims:
            if claim.study in self._accounts:
                self._settle(self._accounts[claim.study], claim, now)
        self._admit([claim for claim in claims if claim.study not in self._accounts], claims, now)
        self._forgive(claims, now)
        return {claim.study: self._time(claim, now) for claim in claims}

    def _settle(self, account: Account, claim: Claim, now: float) -> None:
        """Charge what the runs that have ended took in truth."""
        for run in account.begun.keys() - set(claim.runs):
            seconds = now - account.begun.pop(run)
            account.time += claim.share * seconds / claim.weight
            account.taken.add(seconds)
            self._taken.add(seconds)
        for run in claim.runs:
            account.begun.setdefault(run, now)

    def _admit(self, new: Sequence[Claim], claims: Sequence[Claim], now: float) -> None:
        known = [claim for claim in claims if claim.study in self._accounts]
        level = min((self._used(claim, now) for claim in known), default=0.0)
        for claim in new:
            account = self._accounts[claim.study] = Account(level)
            account.begun = dict.fromkeys(claim.runs, now)

    def _forgive(self, claims: Sequence[Claim], now: float) -> None:
        """Let nobody be further behind the first that waits than one run of that one."""
        waiting = [claim for claim in claims if claim.waits]
        if not waiting:
            return
        first = min(waiting, key=lambda claim: self._time(claim, now))
        least = self._time(first, now) - self._charge(first)
        for claim in claims:
            self._accounts[claim.study].time += max(0.0, least - self._time(claim, now))

    def _time(self, claim: Claim, now: float) -> float:
        account, expected = self._accounts[claim.study], self._expected(claim)
        held = sum(max(expected, now - begun) for begun in account.begun.values())
        return account.time + claim.share * held / claim.weight

    def _used(self, claim: Claim, now: float) -> float:
        """How far it is without what it was charged in advance, some of which it may get back."""
        account = self._accounts[claim.study]
        return account.time + claim.share * sum(now - begun for begun in account.begun.values()) / claim.weight

    def _charge(self, claim: Claim) -> float:
        return claim.share * self._expected(claim) / claim.weight

    def _expected(self, claim: Claim) -> float:
        for mean in (self._accounts[claim.study].taken, self._taken):
            if mean.n:
                return mean.seconds
        return UNKNOWN_SECONDS
