"""The cast: the same people in every test that needs people.

Toby and Zuri Okafor are children of Amara (owner) and Chidi (co-owner), Noah is their teenager with a
login. Rosa Marin, of another household, is Toby's other guardian. Sven Lindqvist is a stranger with a
family of his own, at the same organisation and at the rival's. Every name, address and number is found in
no other row, so that a page that shows one of them to the wrong person is caught.
"""

from dataclasses import dataclass, field

from accounts.models import Member, Organization, Staff
from billing.models import PaymentMethod
from clients.models import Client, Household, Memo
from relationships.enums import LinkKind
from tests import factories as make


@dataclass(kw_only=True)
class Cast:
    """Who is in the tests. Members and staff have a ``user`` that can log in, unless said."""

    organization: Organization
    rival: Organization

    administrator: Staff
    front_desk: Staff
    instructor: Staff
    account_contributor: Staff
    account_reader: Staff
    rival_administrator: Staff

    owner: Member
    co_owner: Member
    child: Member  # 9, no login
    sibling: Member  # 6, no login
    teenager: Member  # 15
    other_guardian: Member  # linked to child: view, book, notify
    stranger: Member
    stranger_child: Member  # 8, no login

    household: Household  # of owner's account at organization
    stranger_household: Household
    card: PaymentMethod  # owner's, consented at organization
    stranger_card: PaymentMethod
    memo: Memo  # starred, about child
    clients: dict[tuple[int, int], Client] = field(default_factory=dict)

    def client(self, member: Member, organization: Organization | None = None) -> Client:
        """``member`` as ``organization`` (the cast's own, unless told) sees them."""
        return self.clients[member.pk, (organization or self.organization).pk]

    @property
    def family(self) -> list[Member]:
        """Everybody in the owner's account."""
        return [self.owner, self.co_owner, self.child, self.sibling, self.teenager]

    @property
    def strings_of_family(self) -> list[str]:
        """What nobody outside may read: names, e-mails, phones, the address, the card, the memo."""
        private = [self.card.last4, self.memo.text, self.household.name]
        for member in self.family:
            private += [member.given_name, member.email, member.phone, member.address_line]
        return [text for text in private if text]


def assemble() -> Cast:
    """Make the cast."""
    organization = make.OrganizationFactory(slug="riverside", name="Riverside Recreation")
    rival = make.OrganizationFactory(
        slug="lumen", name="Lumen Dance", time_zone="Europe/London", currency="GBP", country="GB"
    )
    family = make.AccountFactory(name="Okafor family")
    strangers = make.AccountFactory(name="Lindqvist family")
    owner = _adult(family, "Amara", "Okafor", phone="+14165550111", address_line="12 Larkspur Road")
    co_owner = _adult(family, "Chidi", "Okafor", phone="+14165550112")
    child = _child(family, "Toby", "Okafor", 9)
    sibling = _child(family, "Zuri", "Okafor", 6)
    teenager = make.MemberFactory(
        account=family,
        given_name="Noah",
        family_name="Okafor",
        email="noah.okafor@mail.test",
        with_login=True,
        born_on=make.years_ago(15),
    )
    other_guardian = _adult(make.AccountFactory(name="Marin family"), "Rosa", "Marin", phone="+14165550121")
    stranger = _adult(strangers, "Sven", "Lindqvist", phone="+14165550131", address_line="7 Halyard Court")
    stranger_child = _child(strangers, "Astrid", "Lindqvist", 8)
    make.ManagerLinkFactory(
        manager=other_guardian, dependent=child, kind=LinkKind.PARENT, view=True, book=True, notify=True
    )
    clients: dict[tuple[int, int], Client] = {}
    for member in (owner, co_owner, child, sibling, teenager, other_guardian, stranger, stranger_child):
        clients[member.pk, organization.pk] = make.ClientFactory(organization=organization, member=member)
    for member in (stranger, stranger_child):
        clients[member.pk, rival.pk] = make.ClientFactory(organization=rival, member=member)
    administrator = _staff(organization, "Ingrid Vale", "administrator")
    return Cast(
        organization=organization,
        rival=rival,
        administrator=administrator,
        front_desk=_staff(organization, "Dana Petrov", "front-desk"),
        instructor=_staff(organization, "Ilse Brandt", "instructor"),
        account_contributor=_staff(organization, "Pavel Strand", "account-contributor"),
        account_reader=_staff(organization, "Greta Holm", "account-reader"),
        rival_administrator=_staff(rival, "Morag Quill", "administrator"),
        owner=owner,
        co_owner=co_owner,
        child=child,
        sibling=sibling,
        teenager=teenager,
        other_guardian=other_guardian,
        stranger=stranger,
        stranger_child=stranger_child,
        household=clients[owner.pk, organization.pk].household,
        stranger_household=clients[stranger.pk, organization.pk].household,
        # Letters in the digits of a card, so that no code or hash holds them by chance where a test looks for them.
        card=make.PaymentMethodFactory(holder=owner, last4="94QX", consented_at=organization),
        stranger_card=make.PaymentMethodFactory(holder=stranger, last4="83QZ", consented_at=organization),
        memo=make.MemoFactory(
            client=clients[child.pk, organization.pk],
            author=administrator,
            text="Peanut allergy, pen in the bag",
            is_starred=True,
        ),
        clients=clients,
    )


def _adult(account: object, given_name: str, family_name: str, **fields: object) -> Member:
    member: Member = make.MemberFactory(
        account=account,
        given_name=given_name,
        family_name=family_name,
        email=f"{given_name}.{family_name}@mail.test".lower(),
        with_login=True,
        owner=True,
        **fields,
    )
    return member


def _child(account: object, given_name: str, family_name: str, age: int) -> Member:
    member: Member = make.MemberFactory(
        account=account, given_name=given_name, family_name=family_name, email="", born_on=make.years_ago(age)
    )
    return member


def _staff(organization: Organization, name: str, role: str) -> Staff:
    email = f"{name.split(maxsplit=1)[0].lower()}@{organization.slug}.test"
    staff: Staff = make.StaffFactory(organization=organization, name=name, user__email=email, roles=[role])
    return staff
