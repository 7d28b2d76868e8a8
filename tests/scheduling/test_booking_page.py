"""Who is it for? Everybody one may see, with every reason why not, several children at once (C09, B10, P17)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.templatetags.kinroll import local_time
from billing.models import Cart
from scheduling.models import CourseEnrolment, Registration
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

MONDAY = timezone.now().date() + timedelta(days=14 - timezone.now().date().weekday())


@pytest.fixture
def course(cast: Cast) -> Any:
    return make.course(
        service__organization=cast.organization,
        title="Winter stroke camp",
        starts_on=MONDAY,
        age_min_months=72,
        age_max_months=131,
    )


def url_of(course: Any, query: Any = "") -> Any:
    return reverse("public:book", args=[course.organization.slug, "course", course.code]) + query


def who(page: Any) -> Any:
    """Each person's name, and what stands beneath it; those who can join are marked."""
    found = re.findall(
        r'<(label|div) class="who[^"]*">(.*?)</\1>\s*(?=<label|<div|</fieldset>)', page.text, re.DOTALL
    )
    people = {}
    for tag, inner in found:
        (name,) = re.findall(r'class="name">([^<]+)<', inner)
        words = " ".join(re.sub(r"<[^>]+>", " ", inner.split('class="name">', 1)[1]).split())
        people[name] = (tag == "label", words.removeprefix(name).strip())
    return people


def test_everybody_is_listed_with_every_reason_and_what_would_help(web: Web, cast: Cast, course: Any) -> None:
    cast.child.born_on = None
    people = who(web.as_(cast.owner).get(url_of(course)))
    assert people["Zuri"] == (True, "Can join.")
    assert people["Toby"] == (True, "Can join.")
    assert people["Noah"] == (False, "Too old: Noah is 15, and this class is for 6 to 10. Classes for Noah")
    assert people["You"] == (False, "Too old: you are 38, and this class is for 6 to 10. See what fits")
    assert len(people) == 4


def test_who_has_a_place_already_and_who_has_no_birth_date_is_told(web: Web, cast: Cast, course: Any) -> None:
    make.CourseEnrolmentFactory(schedule=course, client=cast.client(cast.child))
    cast.client(cast.sibling).delete()
    type(cast.sibling).objects.filter(pk=cast.sibling.pk).update(born_on=None)
    page = web.as_(cast.owner).get(url_of(course))
    people = who(page)
    assert people["Toby"] == (False, "Toby has a place already.")
    assert people["Zuri"] == (
        False,
        "This class is for certain ages, and we don’t know when Zuri was born. Add the birth date",
    )
    assert reverse("portal:person", args=[cast.sibling.code]) in page.html


def test_one_who_may_only_see_a_child_is_told_who_decides(web: Web, cast: Cast, course: Any) -> None:
    link = cast.other_guardian.links_as_manager.get()
    link.book, link.granted_by = False, cast.owner
    link.save()
    assert who(web.as_(cast.other_guardian).get(url_of(course)))["Toby"] == (
        False,
        "You may see Toby’s schedule, but not book for them. Amara Okafor decides that.",
    )


def test_a_waiver_that_is_missing_is_said_before_anything_is_asked(web: Web, cast: Cast, course: Any) -> None:
    requirement = make.RequirementFactory(
        document__organization=cast.organization, document__title="Pool rules", is_for_everyone=True
    )
    make.DocumentVersionFactory(document=requirement.document)
    people = who(web.as_(cast.owner).get(url_of(course)))
    assert people["Zuri"] == (True, "Can join. You sign “Pool rules” for Zuri before you pay.")


def test_two_children_are_booked_at_once_and_lead_to_checkout(web: Web, cast: Cast, course: Any) -> None:
    page = web.as_(cast.owner).post(
        url_of(course), {"member": [cast.child.code, cast.sibling.code]}, follow=False
    )
    cart = Cart.objects.get()
    assert (page.status, page.location) == (
        303,
        reverse("public:checkout", args=[cast.organization.slug, cart.code]),
    )
    assert [line.member for line in cart.lines.order_by("pk")] == [cast.child, cast.sibling]
    assert [s.seats_taken for s in course.sessions.all()] == [2, 2, 2, 2]


def test_the_same_form_sent_twice_holds_once(web: Web, cast: Cast, course: Any) -> None:
    reader = web.as_(cast.owner)
    data = {"member": [cast.child.code], "once": reader.get(url_of(course)).once}
    first, second = (reader.post(url_of(course), data, follow=False) for _ in range(2))
    assert first.location == second.location
    assert (Cart.objects.count(), Registration.objects.count()) == (1, 4)


def test_a_place_that_is_held_leads_back_to_its_checkout_from_the_class_and_from_home(
    web: Web, cast: Cast, course: Any
) -> None:
    owner = web.as_(cast.owner)
    held = owner.post(url_of(course), {"member": [cast.child.code]}, follow=False)
    cart = Cart.objects.get()
    until = " ".join(local_time(cart.held_until, cast.organization).split())
    page = owner.get(url_of(course))
    assert who(page)["Toby"] == (False, f"Toby’s place is held for you until {until}. Go on to checkout")
    assert held.location in page.html
    home = owner.get(reverse("portal:home"))
    assert (
        f"Winter stroke camp Riverside Recreation holds your place until {until}. Go on to checkout"
        in home.words
    )
    assert held.location in home.html

    for other in (cast.other_guardian, cast.teenager):
        theirs = web.as_(other)
        assert held.location not in theirs.get(reverse("portal:home")).html
    assert who(web.as_(cast.other_guardian).get(url_of(course)))["Toby"] == (
        False,
        "Toby has a place already.",
    )

    Cart.objects.update(held_until=timezone.now() - timedelta(minutes=1))
    Registration.objects.update(held_until=timezone.now() - timedelta(minutes=1))
    CourseEnrolment.objects.update(held_until=timezone.now() - timedelta(minutes=1))
    assert held.location not in owner.get(reverse("portal:home")).html
    assert who(owner.get(url_of(course)))["Toby"] == (True, "Can join.")


def test_nobody_chosen_or_somebody_who_cannot_join_is_told_and_nothing_is_lost(
    web: Web, cast: Cast, course: Any
) -> None:
    reader = web.as_(cast.owner)
    empty = reader.post(url_of(course))
    assert (empty.status, "Choose who it is for." in empty.words) == (422, True)
    page = reader.post(url_of(course), {"member": [cast.child.code, cast.teenager.code]})
    assert page.status == 422
    assert "Nothing was booked." in page.words
    assert re.search(rf'value="{cast.child.code}"\s+checked', page.html)
    assert not Registration.objects.exists()


def test_the_last_place_is_not_given_to_two(web: Web, cast: Cast, course: Any) -> None:
    course.sessions.update(capacity=1)
    page = web.as_(cast.owner).post(url_of(course), {"member": [cast.child.code, cast.sibling.code]})
    assert page.status == 422
    assert "Winter stroke camp has 1 place left, and you want 2. Nothing was booked." in page.words
    assert not Registration.objects.exists()
    assert not Cart.objects.exists()


def test_a_strangers_child_cannot_be_slipped_in(web: Web, cast: Cast, course: Any) -> None:
    page = web.as_(cast.owner).post(url_of(course), {"member": [cast.stranger_child.code]})
    assert (page.status, "Choose who it is for." in page.words) == (422, True)
    assert "Astrid" not in page.text


@pytest.mark.parametrize("why", ["full", "closed", "soon", "begun"])
def test_a_class_that_nobody_can_book_says_so_once_and_offers_others(
    web: Web, cast: Cast, course: Any, why: Any
) -> None:
    if why == "full":
        course.sessions.update(capacity=0)
    elif why == "closed":
        type(course).objects.update(bookable="closed")
    elif why == "soon":
        type(course).objects.update(booking_opens_at=timezone.now() + timedelta(days=2))
    else:
        course.sessions.filter(pk=course.sessions.order_by("pk").first().pk).update(
            starts_at=timezone.now() - timedelta(days=1)
        )
    expected = {
        "full": "This class is full.",
        "closed": "This class can’t be booked now.",
        "soon": "Booking opens on",
        "begun": "Booking has closed: this class started on",
    }[why]
    page = web.as_(cast.owner).get(url_of(course))
    assert page.words.count(expected) == 1
    assert "Go to checkout" not in page.words
    sent = web.as_(cast.owner).post(url_of(course), {"member": [cast.child.code]})
    assert sent.status == 422
    assert not Registration.objects.exists()


def test_whoever_is_not_logged_in_logs_in_and_comes_back(web: Web, course: Any) -> None:
    page = web.get(url_of(course), follow=False)
    assert page.status == 302
    assert page.location == f"{reverse('account_login')}?next={url_of(course)}"


def test_what_is_sold_whole_and_by_the_day_offers_both(web: Web, cast: Cast, course: Any) -> None:
    course.service.drop_in = make.ProductFactory(organization=cast.organization, price_minor=1500)
    course.service.save()
    page = web.as_(cast.owner).get(url_of(course))
    assert "Whole course" in page.words
    session = course.sessions.order_by("starts_at").first()
    day = reverse("public:book", args=[cast.organization.slug, "session", session.code])
    assert day in page.html
    assert "$15.00" in web.as_(cast.owner).get(day).words
    web.as_(cast.owner).post(day, {"member": [cast.child.code]}, follow=False)
    assert Registration.objects.get().session == session


def test_unknown_things_are_not_found(web: Web, cast: Cast, course: Any) -> None:
    other = make.course(service__organization=cast.rival)
    reader = web.as_(cast.owner)
    for kind, code in (("course", "NOTHING"), ("course", other.code), ("pass", course.code)):
        assert reader.get(reverse("public:book", args=["riverside", kind, code])).status == 404


def test_a_large_family_costs_as_many_statements_as_a_small_one(web: Web, cast: Cast, course: Any) -> None:
    reader = web.as_(cast.owner)
    reader.get(url_of(course))
    with CaptureQueriesContext(connection) as few:
        reader.get(url_of(course))
    for _ in range(6):
        make.MemberFactory(account=cast.owner.account, born_on=make.years_ago(8), email="")
    with CaptureQueriesContext(connection) as many:
        reader.get(url_of(course))
    assert len(few) == len(many)
    assert len(many) <= 22
