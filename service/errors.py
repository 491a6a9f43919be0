"""What can go wrong in the service. Kinds say what the caller should do; leaves say what happened."""

from __future__ import annotations

from experiments.errors import InvalidInput, Problem


class ServiceError(Exception):
    """Something went wrong in the service."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class NotFound(ServiceError):
    """There is no such thing; look at the list of what there is."""


class Conflict(ServiceError):
    """The present state does not allow it; look at the state and decide again."""


class Invalid(ServiceError):
    """The request cannot be accepted as it is; mend the fields that are named and send it again."""

    def __init__(self, message: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems

    @classmethod
    def of(cls, error: InvalidInput) -> Invalid:
        """The same findings as a service error."""
        return cls(str(error), error.problems)


class BodyTooLarge(Invalid):
    """A document is larger than the service reads."""

    def __init__(self, limit: int, what: str = "the body") -> None:
        super().__init__(f"{what} is larger than the {limit:,} bytes that are read; send a smaller one")


class Unavailable(ServiceError):
    """A part of the service does not answer now; try again in a moment."""


class PoolFailed(Unavailable):
    """What holds the workers has died; the process must start again."""


class AnalysisFailed(ServiceError):
    """An analysis failed by a fault of its own; the service's log says where."""


class TokenRequired(ServiceError):
    """This service wants its token: set STUDYHALL_TOKEN, or send it as `Authorization: Bearer …`."""


class StudyNotFound(NotFound):
    """There is no study of that name or id."""


class TrialNotFound(NotFound):
    """The study has no trial of that number."""


class NoBestTrial(NotFound):
    """The study has no completed trial yet, so none is the best."""


class RunNotFound(NotFound):
    """There is no run of that id."""


class AskNotFound(NotFound):
    """Nobody was given a trial under that name."""


class ViewNotFound(NotFound):
    """The study has no saved view of that id; somebody may have deleted it."""


class ComponentNotFound(NotFound):
    """The catalog has no such component."""


class ArtifactNotFound(NotFound):
    """The run has no artifact of that path."""


class NameTaken(Conflict):
    """A study of that name exists."""

    def __init__(self, name: str, free: str) -> None:
        super().__init__(f"a study named {name!r} exists; {free!r} is free")
        self.name = name
        self.free = free


class StudyIsDeleted(Conflict):
    """The study is being deleted, and nothing else is done with it any more."""

    def __init__(self, name: str) -> None:
        super().__init__(f"study {name!r} is being deleted, which nothing takes back; submit another one")


class ViewNameTaken(Conflict):
    """The study has a saved view of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a view named {name!r} exists; take another name, or change that view")


class TooManyViews(Conflict):
    """The study has as many saved views as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the study has {most} saved views, and no study has more; delete one first")


class NothingToConfirm(Conflict):
    """Too few trials of the study have completed to compare any."""

    def __init__(self, study: str, n: int) -> None:
        few = f"{n or 'no'} trial of {study} has completed"
        found = few if n < 2 else f"all {n:,} completed trials of {study} have one configuration"
        super().__init__(f"{found}, and at least two are compared; wait for more")


class NotConfirmed(Conflict):
    """Trials whose values change while they train have no configuration that a queue could hold."""

    def __init__(self, study: str) -> None:
        super().__init__(
            f"{study} is a population, and what its members took over stands in no queue; `studyhall best {study}` "
            "prints what one trained as a study: give that `replicates: {seeds: 10}`, and submit it"
        )


class IllegalTransition(Conflict):
    """That change is not legal from the present state."""


class IdempotencyKeyReused(Conflict):
    """The Idempotency-Key was used before for a different request; use a new key."""


class LostLeadership(Conflict):
    """Another engine has taken over; this one must stop."""
