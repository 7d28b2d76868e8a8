"""What the family shares of a person with an organisation, and whether they take part there (RULES 1.1, 1.2)."""

from collections.abc import Collection

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Member, Organization
from accounts.transactions import operation
from clients.models import Client
from clients.operations import sharing
from relationships import authority
from relationships.enums import FamilyPermission


@operation
def share(
    *,
    by: Actor,
    member: Member,
    organization: Organization,
    on: Collection[str] = (),
    off: Collection[str] = (),
) -> Client:
    """Switch on and off what ``organization`` is told of ``member``. Raises NotAllowed.

    The choice is the family's own, so it takes the right to change the profile, whatever the organisation.
    """
    authority.may(by, FamilyPermission.EDIT_PROFILE, member).or_refuse()
    return sharing.change_shares(by=by, client=_client(member, organization), on=on, off=off)


@operation
def take_part(*, by: Actor, member: Member, organization: Organization, participates: bool) -> Client:
    """Say whether an owner takes part there, or only manages and pays.

    Raises NotAllowed for anybody but an owner of their account, and what an app says that still expects them.
    """
    authority.may(by, FamilyPermission.EDIT_PROFILE, member).or_refuse()
    if not hasattr(member, "ownership"):
        raise NotAllowed
    client = _client(member, organization)
    return sharing.change_participation(by=by, client=client, participates=participates)


def _client(member: Member, organization: Organization) -> Client:
    client = Client.objects.standing().filter(member=member, organization=organization).first()
    if client is None:
        raise NotAllowed
    return client
