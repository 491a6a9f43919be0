"""The ledger of the cluster's resources: what is granted to which worker, and who may be retired to make room.

Warm workers hold their resources while they idle, so a cluster full of idle workers of one key would never place a run
of another. The ledger knows every grant, down to the share of each GPU, and names the idle workers that must go.
Amounts are counted in ten-thousandths, as Ray does, so that three thirds are one.

A run that needs more than is free would wait for ever while smaller ones take each bit that comes free. So a node is
reserved for it, and nothing is started there that could delay it. Nobody knows how long a run takes, so only that may
start there which leaves, of all that it uses itself, as much as the waiting run will need. So that one starts at the
latest when the runs that had begun before have ended.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from service.errors import Conflict
from service.study.jobs import PoolKey, Reservation, Resources

_UNIT = 10_000


def _units(amount: float) -> int:
    return round(amount * _UNIT)


class NoRoom(Conflict):
    """No worker can take the run now; ask ``can_start`` first."""


@dataclass
class Grant:
    """What one worker holds. ``gpus`` maps the index of a GPU of its node to the share, in ten-thousandths."""

    worker: str
    key: PoolKey
    node: str
    gpus: dict[int, int]
    idle_since: int | None = None
    warm: bool = False
    alone: bool = False
    """Whether its run was promised that no other trains on the node meanwhile."""


@dataclass(frozen=True)
class Placement:
    """Where a run of a key can go: to an idle worker, or to a new one on ``node`` once ``retire`` are gone."""

    key: PoolKey
    worker: str | None = None
    node: str = ""
    gpus: Mapping[int, int] = field(default_factory=dict)
    retire: tuple[str, ...] = ()


class Ledger:
    """Grants of resources to at most ``max_workers`` workers on named nodes, 0 for one per CPU of the nodes.

    Pure bookkeeping: it starts nothing.
    """

    def __init__(self, nodes: Mapping[str, Resources], max_workers: int) -> None:
        self.nodes = dict(nodes)
        self.closed: Container[str] = ()
        """Nodes on which nothing is started for now."""
        self._known = dict(nodes)
        self._max_workers = max_workers
        self._grants: dict[str, Grant] = {}
        self._reservation: Reservation | None = None
        self._ticks = itertools.count()

    # --- questions

    def never_fits(self, key: PoolKey) -> str | None:
        """Why no node could hold a run of this key even if it were empty, or nothing.

        A node that is gone may come back, so what it could hold waits for it.
        """
        wanted = key.resources
        if wanted.gpus > 1 and wanted.gpus != int(wanted.gpus):
            return f"{wanted.gpus:g} GPUs cannot be granted: ask for a part of one GPU, or for whole ones"
        if any(_fits_empty(wanted, node) for node in self._known.values()):
            return None
        cpus, gpus, memory = _largest(self._known.values())
        asked, most = (f" and {amount:g} GB" if wanted.memory_gb else "" for amount in (wanted.memory_gb, memory))
        return (
            f"a run asks for {wanted.cpus:g} CPUs and {wanted.gpus:g} GPUs{asked}; "
            f"the cluster's nodes offer at most {cpus:g} CPUs and {gpus:g} GPUs{most}"
        )

    def place(self, key: PoolKey, *, alone: bool = False) -> Placement | None:
        """Where a run of this key can go now, or nothing. Warm workers come first, then the one used last.

        ``alone``: only where nothing else trains, or will as long as the run does.
        """
        nodes = self._nodes_for(key, alone=alone)
        idle = [grant for grant in self._idle() if grant.key == key and grant.node in nodes]
        if idle:
            best = max(idle, key=lambda grant: (grant.warm, grant.idle_since))
            return Placement(key, worker=best.worker)
        return self._new(key, nodes)

    def vacancy(self, key: PoolKey) -> Placement | None:
        """Where a further worker of this key would go without retiring anyone, or nothing."""
        room = self._find_room(key, self._nodes_for(key), ())
        return None if room is None else Placement(key, node=room[0], gpus=room[1])

    def share(self, key: PoolKey) -> float:
        """What part of the nodes a run of this key holds: of CPUs, GPUs or memory, of whichever it is most."""
        held = _dimensions(key.resources)
        totals = map(sum, zip(*map(_dimensions, self.nodes.values()), strict=True))
        return max((amount / total for amount, total in zip(held, totals, strict=False) if total), default=0.0)

    def shortage(self, key: PoolKey, *, alone: bool = False, n_own: int = 0) -> str:
        """What a run of this key needs and cannot have now, in words; ``n_own`` workers train its own study."""
        wanted, busy = key.resources, self._busy()
        open_nodes = {node: total for node, total in self.nodes.items() if node not in self.closed}
        if len(busy) >= self._limit:
            return _all_busy(self._limit, n_own)
        if alone:
            return "needs a node for itself, none is free"
        gpus = [_free_gpus(total, node, busy) for node, total in open_nodes.items()]
        if all(_choose_gpus(free, wanted.gpus) is None for free in gpus):
            whole = max((sum(share == _UNIT for share in free.values()) for free in gpus), default=0)
            return f"needs {_amount(wanted.gpus, 'GPU')}, {_free(whole)}"
        most = max((_free_cpus(total, node, busy) for node, total in open_nodes.items()), default=0)
        if most < _units(wanted.cpus):
            return f"needs {_amount(wanted.cpus, 'CPU')}, {_free(max(0, most) / _UNIT)}"
        memory = max((_free_memory(total, node, busy) for node, total in open_nodes.items()), default=0)
        if memory < _units(wanted.memory_gb):
            return f"needs {wanted.memory_gb:g} GB, {_free(round(max(0, memory) / _UNIT, 1))}"
        return f"needs {_amount(wanted.cpus, 'CPU')}, and what is free is kept for a larger run"

    @property
    def reserved(self) -> Reservation | None:
        """What is kept for a run that waits."""
        return self._reservation

    # --- changes

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> None:
        """Keep a node for a run that cannot be placed now, the one where the least is missing; or none any more.

        Where all runs are alike nothing is kept: whatever comes free fits everybody, and is offered in turn.
        """
        kept = self._reservation
        if kept is not None and (kept.key, kept.alone) == (key, alone) and self._could_hold(kept.key, kept.node):
            return
        self._reservation = None
        if key is None:
            return
        able = [node for node in self.nodes if self._could_hold(key, node)]
        if able and (alone or self._can_be_overtaken(key.resources)):
            node = min(able, key=lambda node: (*self._missing(key, node, alone=alone), node))
            self._reservation = Reservation(key, alone, node)

    def follow(self, nodes: Mapping[str, Resources]) -> list[str]:
        """These are the nodes now; the workers of those that are gone come back, and hold nothing any more."""
        self.nodes = dict(nodes)
        self._known |= self.nodes
        lost = [grant.worker for grant in self._grants.values() if grant.node not in self.nodes]
        for worker in lost:
            self.revoke(worker)
        return lost

    def grant(self, worker: str, placement: Placement) -> None:
        """Write down a new worker; it is idle until ``occupy``."""
        self._grants[worker] = Grant(worker, placement.key, placement.node, dict(placement.gpus), next(self._ticks))

    def occupy(self, worker: str, *, alone: bool = False) -> None:
        """A run was given to the worker."""
        grant = self._grants[worker]
        grant.idle_since, grant.alone = None, alone

    def vacate(self, worker: str) -> None:
        """The worker's run has ended."""
        grant = self._grants[worker]
        grant.idle_since, grant.alone = next(self._ticks), False

    def warmed(self, worker: str) -> None:
        """The worker is ready to train at once."""
        self._grants[worker].warm = True

    def revoke(self, worker: str) -> None:
        """The worker is gone, and so is what it held."""
        self._grants.pop(worker, None)

    # --- how a new worker is placed

    def _idle(self) -> list[Grant]:
        """Idle workers, the one that idles longest first."""
        idle = [grant for grant in self._grants.values() if grant.idle_since is not None]
        return sorted(idle, key=lambda grant: grant.idle_since or 0)

    def _new(self, key: PoolKey, nodes: Container[str]) -> Placement | None:
        retired: list[str] = []
        found = self._find_room(key, nodes, retired)
        for grant in self._idle():
            if found is not None:
                break
            retired.append(grant.worker)
            found = self._find_room(key, nodes, retired)
        if found is None:
            return None
        for worker in list(retired):  # who turns out not to stand in the way may stay
            fewer = [other for other in retired if other != worker]
            room = self._find_room(key, nodes, fewer)
            if room is not None:
                retired, found = fewer, room
        node, gpus = found
        return Placement(key, node=node, gpus=gpus, retire=tuple(retired))

    def _find_room(
        self, key: PoolKey, nodes: Container[str], retired: Iterable[str]
    ) -> tuple[str, dict[int, int]] | None:
        gone = set(retired)
        staying = [grant for grant in self._grants.values() if grant.worker not in gone]
        if len(staying) >= self._limit:
            return None
        free = {node: _free_cpus(total, node, staying) for node, total in self.nodes.items() if node in nodes}
        for node in sorted(free, key=lambda node: -free[node]):  # the emptiest first: work spreads over the nodes
            memory = _free_memory(self.nodes[node], node, staying)
            if free[node] >= _units(key.resources.cpus) and memory >= _units(key.resources.memory_gb):
                gpus = _choose_gpus(_free_gpus(self.nodes[node], node, staying), key.resources.gpus)
                if gpus is not None:
                    return node, gpus
        return None

    # --- who may train where, and beside whom

    @property
    def _limit(self) -> int:
        return self._max_workers or max(1, int(sum(node.cpus for node in self.nodes.values())))

    def _busy(self, node: str | None = None) -> list[Grant]:
        return [g for g in self._grants.values() if g.idle_since is None and (node is None or g.node == node)]

    def _nodes_for(self, key: PoolKey, *, alone: bool = False) -> set[str]:
        """The nodes where a run may start without disturbing one that was promised more."""
        kept = self._reservation
        if kept is not None and (kept.key, kept.alone) == (key, alone):
            kept = None
        if kept is not None and len(self._busy()) + 2 > self._limit:
            return set()
        return {node for node in self.nodes if self._admits(node, key, kept, alone=alone)}

    def _admits(self, node: str, key: PoolKey, kept: Reservation | None, *, alone: bool) -> bool:
        busy = self._busy(node)
        if node in self.closed or any(grant.alone for grant in busy) or (alone and busy):
            return False
        if kept is None or kept.node != node:
            return True
        wanted = kept.key.resources
        spare = _free_cpus(self.nodes[node], node, busy) - _units(wanted.cpus)
        takes_gpu = key.resources.gpus > 0 and wanted.gpus > 0
        memory, left = _units(key.resources.memory_gb), _free_memory(self.nodes[node], node, busy)
        takes_memory = memory > 0 and wanted.memory_gb > 0 and memory > left - _units(wanted.memory_gb)
        return not (alone or kept.alone or takes_gpu or takes_memory) and spare >= _units(key.resources.cpus)

    def _could_hold(self, key: PoolKey, node: str) -> bool:
        return node in self.nodes and node not in self.closed and _fits_empty(key.resources, self.nodes[node])

    def _can_be_overtaken(self, wanted: Resources) -> bool:
        """Whether there is room, if not for this, or some will come free that is too small for it."""
        busy = self._busy()
        free = (_free_cpus(self.nodes[node], node, busy) for node in self.nodes if node not in self.closed)
        if len(busy) < self._limit and any(cpus > 0 for cpus in free):
            return True
        sizes = [grant.key.resources for grant in busy]
        return any(
            less < more for size in sizes for less, more in zip(_dimensions(size), _dimensions(wanted), strict=True)
        )

    def _missing(self, key: PoolKey, node: str, *, alone: bool) -> tuple[int, int, int]:
        """What must still come free there: whether GPUs must, how many CPUs and how much memory; or how many runs."""
        busy, total, wanted = self._busy(node), self.nodes[node], key.resources
        if alone:
            return 0, len(busy), 0
        lacks_gpu = _choose_gpus(_free_gpus(total, node, busy), wanted.gpus) is None
        cpus = max(0, _units(wanted.cpus) - _free_cpus(total, node, busy))
        return int(lacks_gpu), cpus, max(0, _units(wanted.memory_gb) - _free_memory(total, node, busy))


def _all_busy(n: int, n_own: int) -> str:
    """Who waits for others waits for one of these; a study that keeps them busy itself waits for nobody."""
    if n_own:
        beside = f", {n_own} of them" if n_own < n else ""
        return f"{'the only worker is' if n == 1 else f'all {n} workers are'} busy{beside} with this study"
    return f"waits for {'the one busy worker' if n == 1 else f'one of {n} busy workers'}"


def _amount(number: float, unit: str) -> str:
    return f"{number:g} {unit}" if number <= 1 else f"{number:g} {unit}s"


def _free(number: float) -> str:
    return f"{number:g} {'is' if number <= 1 else 'are'} free" if number else "none is free"


def _free_cpus(total: Resources, node: str, grants: Iterable[Grant]) -> int:
    return _units(total.cpus) - sum(_units(grant.key.resources.cpus) for grant in grants if grant.node == node)


def _free_memory(total: Resources, node: str, grants: Iterable[Grant]) -> int:
    return _units(total.memory_gb) - sum(
        _units(grant.key.resources.memory_gb) for grant in grants if grant.node == node
    )


def _free_gpus(total: Resources, node: str, grants: Iterable[Grant]) -> dict[int, int]:
    free = dict.fromkeys(range(int(total.gpus)), _UNIT)
    for grant in grants:
        if grant.node == node:
            for index, share in grant.gpus.items():
                free[index] = free.get(index, 0) - share
    return free


def _choose_gpus(free: Mapping[int, int], wanted: float) -> dict[int, int] | None:
    """The GPUs for a new worker; a part of one goes where it fits most closely, as Ray does it."""
    if wanted <= 0:
        return {}
    if wanted < 1:
        fitting = [index for index, share in free.items() if share >= _units(wanted)]
        return {min(fitting, key=lambda index: (free[index], index)): _units(wanted)} if fitting else None
    whole = [index for index, share in sorted(free.items()) if share == _UNIT]
    return dict.fromkeys(whole[: int(wanted)], _UNIT) if len(whole) >= wanted else None


def _fits_empty(wanted: Resources, node: Resources) -> bool:
    return wanted.cpus <= node.cpus and wanted.gpus <= int(node.gpus) and wanted.memory_gb <= node.memory_gb


def _dimensions(of: Resources) -> tuple[float, float, float]:
    return of.cpus, of.gpus, of.memory_gb


def _largest(nodes: Iterable[Resources]) -> tuple[float, ...]:
    return tuple(max(amounts) for amounts in zip((0.0, 0.0, 0.0), *map(_dimensions, nodes), strict=True))
