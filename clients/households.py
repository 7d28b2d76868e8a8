"""Who is in a household, as its organisation sees them, and whether the family runs it itself."""

from dataclasses import dataclass

from accounts.calendars import age_in_years, today_in
from accounts.enums import InvitationPurpose
from accounts.models import Invitation, Member
from clients.models import Client, Household


@dataclass(frozen=True)
class Person:
    """Somebody of a household: a client, or an owner who is none (yet)."""

    member_id: int
    name: str
    initials: str
    email: str
    phone: str
    age: int | None
    is_owner: bool
    participates: bool
    number: int | None
    photo: str = ""

    @property
    def pk(self) -> int:
        """The member's, which decides the hue."""
        return self.member_id


def people_of(household: Household) -> list[Person]:
    """Owners first, then the others in the order they came. Two queries.

    Of who is no client here only owners are shown: they run the account. Siblings who take no part are on
    no page of the organisation (RULES 1.2).
    """
    today = today_in(household.organization.time_zone)
    owners = {
        member.pk: member
        for member in Member.objects.filter(
            ownership__account=household.account_id, erased_at__isnull=True
        ).order_by("ownership__since", "pk")
    }
    clients = list(Client.objects.filter(household=household).standing().order_by("pk"))
    shown: list[Member | Client] = list(clients)
    known = {client.member_id for client in clients}
    shown += [member for member in owners.values() if member.pk not in known]
    people = []
    for each in shown:
        member_id = each.member_id if isinstance(each, Client) else each.pk
        people.append(
            Person(
                member_id=member_id,
                name=each.full_name,
                initials=each.initials,
                email=each.email,
                phone=each.phone,
                age=age_in_years(each.born_on, today) if each.born_on else None,
                is_owner=member_id in owners,
                participates=isinstance(each, Client) and each.participates,
                number=each.number if isinstance(each, Client) else None,
                photo=each.photo.name or "" if isinstance(each, Client) else "",
            )
        )
    return sorted(people, key=lambda person: not person.is_owner)


def invitation_of(household: Household) -> Invitation | None:
    """The last way to take the account over that was mailed to the billing contact."""
    return (
        Invitation.objects.filter(
            organization=household.organization_id,
            account=household.account_id,
            member=household.billing_contact_id,
            purpose__in=(InvitationPurpose.CLAIM, InvitationPurpose.CONNECT),
        )
        .order_by("-pk")
        .first()
    )
