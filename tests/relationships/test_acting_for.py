"""Acting for somebody is always visible: on the pages, and in the audit, who for whom (B22)."""

import pytest

from accounts.models import AuditEvent
from accounts.people import PersonFields
from billing.operations import carts
from relationships.operations import people
from tests import factories as make
from tests.access.scene import of_family
from tests.cast import Cast
from tests.relationships.copies import acting
from tests.web import Web
from waivers.operations import signing


def recorded() -> list[tuple[str, int | None, list[int]]]:
    """What the audit says: action, for whom, about whom."""
    return list(AuditEvent.objects.order_by("pk").values_list("action", "for_member_id", "member_ids"))


def test_booking_for_one_says_for_whom_and_for_several_names_them_all(cast: Cast) -> None:
    session = make.SessionFactory(
        schedule__service__organization=cast.organization,
        schedule__service__drop_in=make.ProductFactory(organization=cast.organization, kind="drop_in"),
    )
    by = acting(cast.owner)
    for members in ([cast.child], [cast.sibling, cast.teenager]):
        cart = carts.begin(
            by=by, organization=cast.organization, account=cast.owner.account, kind="session", target=session,
            members=members,
        )  # fmt: skip
        carts.hold(by=by, cart=cart)

    said = {(action, whom): members for action, whom, members in recorded()}
    both = sorted([cast.sibling.pk, cast.teenager.pk])
    assert said["billing.cart_held", cast.child.pk] == [cast.child.pk]
    assert said["scheduling.held", cast.child.pk] == [cast.child.pk]
    assert said["billing.cart_held", None] == both


def test_signing_and_editing_say_for_whom_and_ones_own_say_nobody(cast: Cast) -> None:
    version = make.DocumentVersionFactory(document__organization=cast.organization)
    signing.sign(
        by=acting(cast.owner), organization=cast.organization, versions=[version], members=[cast.child, cast.owner],
        typed_name="Amara Okafor",
    )  # fmt: skip
    for member in (cast.child, cast.owner):
        person = PersonFields.of(member)
        people.change(
            by=acting(cast.owner), member=member, person=PersonFields(**{**person.values(), "city": "Oshawa"}),
            seen=person,
        )  # fmt: skip

    said = [(action, whom) for action, whom, _about in recorded()]
    assert [whom for action, whom in said if action == "waivers.signed"] == [cast.child.pk, cast.owner.pk]
    assert [whom for action, whom in said if action == "accounts.member_changed"] == [cast.child.pk, None]


@pytest.mark.parametrize(("who", "shown"), [("owner", True), ("teenager", False)])
@pytest.mark.parametrize("page_name", ["edit", "photo"])
def test_the_pages_of_a_person_say_whose_details_are_changed(
    cast: Cast, web: Web, who: str, shown: bool, page_name: str
) -> None:
    make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.teenager, may_edit_self=True, organization=None
    )

    page = web.as_(getattr(cast, who)).get(f"/my/people/{cast.teenager.code}/{page_name}/")

    assert ("You are changing the details of Noah" in page.words) is shown


def test_book_page_and_checkout_say_for_whom_one_is_booking(cast: Cast, web: Web) -> None:
    scene = of_family(cast)
    browser = web.as_(cast.owner)
    code = scene.schedule.sessions.first()
    assert code is not None

    book = browser.get(f"/o/riverside/book/session/{code.code}/", {"for": cast.child.code})
    plain = browser.get(f"/o/riverside/book/session/{code.code}/")
    checkout = browser.get(f"/o/riverside/checkout/{scene.cart.code}/")

    assert [("You are booking for Toby" in page.words) for page in (book, plain, checkout)] == [
        True,
        False,
        True,
    ]
