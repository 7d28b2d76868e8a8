"""One organisation of several, chosen on the family's pages by ``?at=<slug>`` (D05)."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404

from accounts.access import PortalRequest
from accounts.actors import Actor
from accounts.models import Organization
from clients.models import Client, Household
from relationships import authority
from relationships.enums import AccountPermission, FamilyPermission


@dataclass(frozen=True)
class Place:
    """One choice of the switcher; without an organisation, all of them."""

    organization: Organization | None
    url: str
    is_current: bool


def organizations_of(actor: Actor) -> list[Organization]:
    """Where a family is known: its owners' households, and whoever the reader may see. By name, one query."""
    households = Household.objects.standing().filter(
        account__in=authority.accounts(actor, AccountPermission.PEOPLE)
    )
    clients = Client.objects.standing().filter(member__in=authority.subjects(actor, FamilyPermission.VIEW))
    known = Q(pk__in=households.values("organization")) | Q(pk__in=clients.values("organization"))
    return list(Organization.objects.filter(known).order_by("name", "pk"))


def choose(request: PortalRequest, *, the_only_one: bool = False) -> list[Place]:
    """Set ``request.at`` to the organisation that was chosen, or None for all, and return the choices.

    There are none where there is nothing to choose; ``the_only_one`` then counts as chosen. An organisation
    where the family is not known is not found, whether or not it exists.
    """
    found = organizations_of(request.actor)
    slug = request.GET.get("at", "")
    request.at = next((each for each in found if each.slug == slug), None)
    if slug and request.at is None:
        raise Http404
    if len(found) < 2:
        if the_only_one and found:
            request.at = found[0]
        return []
    return [Place(each, _url(request, each), request.at == each) for each in (None, *found)]


def _url(request: PortalRequest, organization: Organization | None) -> str:
    """The same page, narrowed to one place or not; from the first page of a list."""
    query = request.GET.copy()
    for name in ("at", "after"):
        query.pop(name, None)
    if organization is not None:
        query["at"] = organization.slug
    return f"?{query.urlencode()}" if query else request.path
