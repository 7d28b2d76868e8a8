"""One person of a family, chosen on its dashboard by ``?who=<code>`` (P09, P10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from accounts.access import PortalRequest
from accounts.models import Member
from relationships.family import Relative


@dataclass(frozen=True)
class Face:
    """One choice of the switcher; without a member, everybody."""

    member: Member | None
    is_self: bool
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
    everybody = Face(None, False, _url(request, None), request.who is None)
    return [
        everybody,
        *(
            Face(each.member, each.is_self, _url(request, each.member), request.who == each.member)
            for each in people
        ),
    ]


def _url(request: PortalRequest, member: Member | None) -> str:
    """The same page, narrowed to one person or not, at the same place."""
    query = request.GET.copy()
    query.pop("who", None)
    if member is not None:
        query["who"] = member.code
    return f"?{query.urlencode()}" if query else request.path
