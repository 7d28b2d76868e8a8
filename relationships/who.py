"""One person of a family, chosen on its dashboard by ``?who=<code>`` (P09, P10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from accounts.access import PortalRequest
from accounts.models import Member
from relationships.family import Relative


@dataclass(frozen=True)
class Face:
    """One person of the switcher. ``url`` shows them alone, or from there everybody again."""

    member: Member
    is_self: bool
    is_open: bool
    url: str
    is_current: bool


def choose(request: PortalRequest, family: Sequence[Relative]) -> list[Face]:
    """Set ``request.who`` to who was chosen, or None for everybody, and return the choices.

    Sets ``request.runs_account`` and ``request.signable`` as well. Whom the reader may not see there is not
    found (RULES 2.12); there are no choices where there is one person.
    """
    people = [each for each in family if each.is_shown]
    code = request.GET.get("who", "")
    request.runs_account = any(each.is_self and each.is_owner for each in family)
    request.signable = frozenset(each.member.pk for each in family if each.may_sign)
    request.who = next((each.member for each in people if each.member.code == code), None)
    if code and request.who is None:
        raise Http404
    if len(people) < 2:
        return []
    return [
        Face(
            member=each.member,
            is_self=each.is_self,
            is_open=each.is_open,
            url=url_of(request, None if each.member == request.who else each.member),
            is_current=each.member == request.who,
        )
        for each in people
    ]


def url_of(request: PortalRequest, member: Member | None) -> str:
    """The same page, narrowed to one person or not, at the same place."""
    query = request.GET.copy()
    query.pop("who", None)
    if member is not None:
        query["who"] = member.code
    return f"?{query.urlencode()}" if query else request.path
