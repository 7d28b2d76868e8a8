"""An adult leaves for an account of their own: what goes along, what stays, and who is told (RULES 4.3)."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import LastOwner, NotAllowed
from accounts.models import Account, AccountOwner, AuditEvent, Member
from billing.enums import CartState
from billing.models import CardConsent, Cart
from clients.models import Client, Household
from messaging.models import Message
from relationships.enums import LinkKind
from relationships.errors import CannotMove
from relationships.models import ManagerLink, NoContact
from relationships.operations import moving
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def as_(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def flags_of(link: ManagerLink) -> set[str]:
    names = ("view", "book", "forms", "sign", "notify", "use_passes", "edit_profile", "pick_up")
    return {name for name in names if getattr(link, name)}


def test_an_adult_leaves_with_their_client_and_owns_an_account_of_their_own(cast: Cast) -> None:
    client = cast.client(cast.co_owner)
    registration = make.RegistrationFactory(session=make.session_today(cast.organization), client=client)
    bill = make.InvoiceLineFactory(invoice__household=client.household, client=client).invoice

    moved = moving.move_out(by=as_(cast.co_owner), member=cast.co_owner)

    client.refresh_from_db()
    own = moved.account
    assert (own.name, own.kept_by, own.confirmed_at is not None) == ("Okafor family", None, True)
    assert own.pk != cast.owner.account_id
    assert list(AccountOwner.objects.filter(account=own).values_list("member", flat=True)) == [moved.pk]
    assert not AccountOwner.objects.filter(account=cast.owner.account, member=moved).exists()
    assert client.household.account == own
    assert client.household.billing_contact == moved
    assert registration.client_id == client.pk
    bill.refresh_from_db()
    assert bill.household == cast.household
    event = AuditEvent.objects.get(action="accounts.member_moved")
    assert (event.member_ids, event.changes["was_owner"]) == ([moved.pk], True)


def test_an_owner_who_leaves_keeps_a_link_with_what_they_had_to_each_minor(cast: Cast) -> None:
    moving.move_out(by=as_(cast.co_owner), member=cast.co_owner, is_legal_guardian=True)

    links = {link.dependent: flags_of(link) for link in cast.co_owner.links_as_manager.all()}
    everything = {"view", "book", "forms", "sign", "notify", "use_passes", "edit_profile", "pick_up"}
    assert links == {cast.child: everything, cast.sibling: everything, cast.teenager: everything}


def test_to_sign_is_kept_by_who_declares_to_be_a_legal_guardian_and_nothing_by_who_declines(
    cast: Cast,
) -> None:
    moving.move_out(by=as_(cast.co_owner), member=cast.co_owner, keep_acting_for=[cast.child])

    link = cast.co_owner.links_as_manager.get()
    assert (link.dependent, "sign" in flags_of(link), "book" in flags_of(link)) == (cast.child, False, True)


def test_a_standing_link_is_widened_and_none_is_made_against_a_no_contact_mark(cast: Cast) -> None:
    standing = make.ManagerLinkFactory(
        manager=cast.co_owner, dependent=cast.child, kind=LinkKind.PARENT, may_book_self=True
    )
    make.NoContactFactory(organization=cast.organization, barred=cast.co_owner, protected=cast.sibling)

    moving.move_out(by=as_(cast.co_owner), member=cast.co_owner)

    standing.refresh_from_db()
    assert (standing.kind, standing.may_book_self, standing.pick_up) == (LinkKind.PARENT, True, True)
    links = ManagerLink.objects.filter(manager=cast.co_owner)
    assert {link.dependent for link in links} == {cast.child, cast.teenager}


def test_bills_of_the_old_account_go_to_another_owner_and_names_are_found_where_they_are(cast: Cast) -> None:
    Household.objects.filter(pk=cast.household.pk).update(billing_contact=cast.owner)

    moving.move_out(by=as_(cast.owner), member=cast.owner)

    cast.household.refresh_from_db()
    assert cast.household.billing_contact == cast.co_owner
    found = Household.objects.filter(organization=cast.organization).matching("amara")
    assert [home.account for home in found] == [Member.objects.get(pk=cast.owner.pk).account]
    assert not Client.objects.filter(pk=cast.client(cast.child).pk).matching("amara").exists()


def test_their_carts_are_let_go_and_their_cards_stay_behind_and_die(cast: Cast) -> None:
    drop_in = make.ProductFactory(organization=cast.organization, kind="drop_in")
    for buyer, person in ((cast.owner, cast.child), (cast.co_owner, cast.owner), (cast.co_owner, cast.child)):
        cart = make.CartFactory(organization=cast.organization, buyer=buyer)
        make.CartLineFactory(cart=cart, member=person, product=drop_in)

    moving.move_out(by=as_(cast.owner), member=cast.owner)

    states = Cart.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == [CartState.CANCELLED, CartState.CANCELLED, CartState.OPEN]
    cast.card.refresh_from_db()
    assert cast.card.removed_at is not None
    assert not CardConsent.objects.filter(payment_method=cast.card, withdrawn_at=None).exists()


def test_owners_who_stay_and_the_one_who_left_are_told_and_nobody_who_must_not_learn_of_them(
    cast: Cast,
) -> None:
    third = make.MemberFactory(account=cast.owner.account, owner=True, with_login=True)
    make.NoContactFactory(organization=cast.organization, barred=third, protected=cast.co_owner)

    moving.move_out(by=as_(cast.co_owner), member=cast.co_owner)

    told = {(message.reader, message.template) for message in Message.objects.all()}
    assert told == {
        (cast.owner, "messaging/email/moved_out"),
        (cast.owner, "messaging/email/links/made"),  # what the one who left goes on doing for the children
        (cast.co_owner, "messaging/email/moved"),
    }


@pytest.mark.parametrize(
    ("who", "error"), [("teenager", CannotMove), ("child", CannotMove), ("stranger", LastOwner)]
)
def test_minors_do_not_leave_alone_and_a_last_owner_not_at_all(cast: Cast, who: str, error: Any) -> None:
    accounts = Account.objects.count()
    with pytest.raises(error):
        moving.move_out(by=as_(getattr(cast, who)), member=getattr(cast, who))
    assert Account.objects.count() == accounts


def test_nobody_moves_another_adult_out_but_a_job(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        moving.move_out(by=as_(cast.owner), member=cast.co_owner)
    before = cast.co_owner.account_id
    moved = moving.move_out(by=Actor.of_job("accounts.erase"), member=cast.co_owner)
    assert moved.account_id != before


def test_who_has_the_account_to_themselves_has_nowhere_to_go(cast: Cast) -> None:
    with pytest.raises(CannotMove, match="to yourself already"):
        moving.move_out(by=as_(cast.other_guardian), member=cast.other_guardian)


def test_a_no_contact_mark_does_not_keep_somebody_in_an_account_with_another(cast: Cast) -> None:
    NoContact.objects.create(
        organization=cast.organization, barred=cast.co_owner, protected=cast.child, reason="court"
    )
    assert moving.move_out(by=as_(cast.co_owner), member=cast.co_owner).account != cast.owner.account
