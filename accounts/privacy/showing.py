"""What is shown before somebody is erased: what goes, what stays, and what has to be settled first (D10)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from accounts.errors import Text
from accounts.models import Member
from accounts.privacy.leaving import Leaving
from accounts.registries import Registry


class Fate(StrEnum):
    """What becomes of something."""

    LATER = "later"  # kept until a day that law or the organisation sets, then erased
    GOES = "goes"
    STAYS = "stays"  # without anybody's name


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something held, in words with its count. ``member`` is whose, None for the account's own."""

    fate: Fate
    text: Text
    member: int | None = None
    until: date | None = None


class Settled(StrEnum):
    """How something that stands in the way is settled."""

    FIRST = "first"  # before anything can be asked
    ANSWER = "answer"  # the request waits for somebody's answer
    LEAVING = "leaving"  # an adult leaves the account as the erasure begins


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Something that stands in the way; ``url`` and ``action`` are the way out, where there is one online."""

    text: Text
    url: str = ""
    action: Text = ""
    settled: Settled = Settled.FIRST


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What one app tells of those who leave. A few queries, however much there is."""

    key: str
    order: int
    tell: Callable[[Leaving], Iterable[Line]]


@dataclass(frozen=True, kw_only=True)
class Settling:
    """What one app says must be settled first. A few queries, however much there is."""

    key: str
    order: int
    find: Callable[[Leaving], Iterable[Blocker]]


holdings: Registry[Holding] = Registry("what is held of somebody")
erasure_blockers: Registry[Settling] = Registry("what stands in the way of an erasure")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One person's lines, or with no ``member`` the account's own."""

    member: Member | None
    lines: dict[Fate, list[Line]] = field(default_factory=dict)

    @property
    def later(self) -> list[Line]:
        """What is kept for some time."""
        return self.lines.get(Fate.LATER, [])

    @property
    def goes(self) -> list[Line]:
        """What is erased."""
        return self.lines.get(Fate.GOES, [])

    @property
    def stays(self) -> list[Line]:
        """What remains without a name."""
        return self.lines.get(Fate.STAYS, [])


def blockers_of(leaving: Leaving) -> list[Blocker]:
    """Everything that has to be settled first."""
    return [blocker for each in erasure_blockers for blocker in each.find(leaving)]


def parts_of(leaving: Leaving, members: Sequence[Member]) -> list[Part]:
    """What is held: person by person, then the account's own."""
    parts = {member.pk: Part(member=member) for member in members}
    made = Member.objects.filter(same_as__in=list(parts)).values_list("pk", "same_as")  # RULES 1.4
    parts |= {pk: parts[known] for pk, known in made if known is not None}
    own = Part(member=None)
    for each in holdings:
        for line in each.tell(leaving):
            part = parts.get(line.member, own) if line.member is not None else own
            part.lines.setdefault(line.fate, []).append(line)
    people = [parts[member.pk] for member in members]
    return [*people, own] if own.lines else people
