"""A family that the desk entered, and the same family with an account of its own: for the tests of claiming."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account, Invitation, Member, Organization
from accounts.money import Money
from accounts.operations import claiming, invitations, who_is_who
from accounts.operations.who_is_who import Answer, Fate
from accounts.people import PersonFields
from billing import ledger
from billing.enums import LedgerKind
from clients.models import Client, Household
from clients.operations import desk
from tests import factories as make
from tests.accounts.claims import BORN_ON, token_of
from tests.accounts.claims import desk as somebody_at_the_desk

EMAIL = "wanda.nowak@mail.test"
OLEK_BORN = date(2016, 2, 29)
NOT_MINE, NEW = Answer(fate=Fate.NOT_MINE), Answer(fate=Fate.NEW)


@dataclass(kw_only=True)
class Twice:
    """``wanda``, ``olek`` and ``zosia`` as staff made them; ``me`` and ``my_olek`` as the family did."""

    organization: Organization
    desk: Actor
    wanda: Client
    olek: Client
    zosia: Client
    invitation: Invitation
    token: str
    me: Member
    my_olek: Member

    @property
    def by(self) -> Actor:
        return Actor(kind=ActorKind.PERSON, user=self.me.user)

    @property
    def household(self) -> Household:
        """The staff-made one, as it is now."""
        return Household.objects.get(pk=self.wanda.household_id)

    @property
    def left(self) -> Account:
        """The staff-made account."""
        return self.invitation.account

    def here(self) -> "Twice":
        """The family is a client here already, by another name for the child."""
        for member in (self.me, self.my_olek):
            make.ClientFactory(organization=self.organization, member=member)
        return self

    @property
    def own(self) -> Household:
        """The household here that is the family's."""
        return Household.objects.get(
            organization=self.organization, account=self.me.account, merged_into__isnull=True
        )

    def owes(self, minor: int) -> None:
        """The staff-made household owes something in the books."""
        amount = Money(minor, self.organization.currency)
        ledger.post(
            by=self.desk,
            organization=self.organization,
            kind=LedgerKind.INVOICE,
            at=timezone.now(),
            entries=[
                ledger.debit(ledger.RECEIVABLE, amount, self.household),
                ledger.credit(ledger.revenue("programs"), amount),
            ],
        )

    def prove(self) -> None:
        claiming.prove(by=self.by, token=self.token, secret=BORN_ON)

    def say(self, wanda: Answer | None = None, olek: Answer | None = None, zosia: Answer = NEW) -> Account:
        """Connect. Wanda and Olek are the same, Zosia is new, unless told."""
        return who_is_who.connect(
            by=self.by,
            token=self.token,
            answers={
                self.wanda.member.code: wanda or same(self.me),
                self.olek.member.code: olek or same(self.my_olek),
                self.zosia.member.code: zosia,
            },
        )


def same(member: Member) -> Answer:
    return Answer(fate=Fate.SAME, mine=member)


def twice(**owner: Any) -> Twice:
    """Made by the desk's own operations."""
    organization = make.OrganizationFactory(slug="riverside", name="Riverside Recreation")
    by = somebody_at_the_desk(organization)
    person = {"given_name": "Wanda", "family_name": "Nowak", "email": EMAIL, "born_on": BORN_ON, **owner}
    me = make.MemberFactory(
        account=make.AccountFactory(name="Nowak-Hill family"),
        given_name="Wanda", family_name="Nowak-Hill", email=EMAIL, born_on=BORN_ON, with_login=True, owner=True,
    )  # fmt: skip
    my_olek = make.MemberFactory(
        account=me.account, given_name="Olek", family_name="Hill", email="", born_on=OLEK_BORN
    )
    wanda = desk.open_family(by=by, organization=organization, owner=PersonFields(**person), is_sure=True)
    children = [
        desk.add_person(
            by=by,
            household=wanda.household,
            person=PersonFields(given_name=name, family_name="Nowak", born_on=born),
        )
        for name, born in (("Olek", OLEK_BORN), ("Zosia", date(2019, 6, 1)))
    ]
    invitation = invitations.invite_to_claim(by=by, organization=organization, member=wanda.member)
    return Twice(
        organization=organization,
        desk=by,
        wanda=wanda,
        olek=children[0],
        zosia=children[1],
        invitation=invitation,
        token=token_of(invitation),
        me=me,
        my_olek=my_olek,
    )
