"""A staff-made account with an open invitation, for the tests of claiming."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Invitation, Member, Organization, Staff
from accounts.operations import families, invitations
from accounts.people import PersonFields
from accounts.permissions import BUILT_IN
from messaging import secrets
from messaging.models import Message
from tests import factories as make

BORN_ON = date(1987, 5, 3)
PASSWORD = "seven quiet herons"
ANYBODY = Actor(kind=ActorKind.PERSON)


@dataclass(kw_only=True)
class StaffMade:
    """What the desk made, and the link that went out."""

    organization: Organization
    member: Member
    invitation: Invitation
    token: str


def desk(organization: Organization) -> Actor:
    """Somebody at the front desk."""
    staff: Staff = make.StaffFactory(organization=organization, roles=["front-desk"])
    return Actor(
        kind=ActorKind.STAFF,
        user=staff.user,
        staff=staff,
        organization=organization,
        permissions=BUILT_IN["front-desk"],
    )


def staff_made(**changes: Any) -> StaffMade:
    """An account of Wanda Nowak with a child, kept by a club, and its mailed link."""
    organization = make.OrganizationFactory(slug="riverside", name="Riverside Recreation")
    by = desk(organization)
    person: dict[str, Any] = {
        "given_name": "Wanda",
        "family_name": "Nowak",
        "email": "wanda.nowak@mail.test",
        "born_on": BORN_ON,
    }
    owner = families.open_account(
        by=by, owner=PersonFields(**{**person, **changes}), kept_by=organization, country="CA"
    )
    families.add_member(
        by=by, account=owner.account, person=PersonFields(given_name="Olek", family_name="Nowak")
    )
    invitation = invitations.invite_to_claim(by=by, organization=organization, member=owner)
    return StaffMade(
        organization=organization, member=owner, invitation=invitation, token=token_of(invitation)
    )


def token_of(invitation: Invitation) -> str:
    """The token, from the mail that waits in the outbox: nowhere else is it readable."""
    message = Message.objects.get(dedupe_key=f"invitation:{invitation.pk}")
    return secrets.decrypt(message.secret).rstrip("/").rpartition("/")[2]
