"""What a family shares with whom, what flows there, and what staff see of it (A11, RULES 1.1, 1.2)."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.errors import NotAllowed
from accounts.models import AuditEvent, Member
from accounts.people import PersonFields
from clients import naming
from clients.models import Client, Household
from clients.operations import desk
from tests import factories as make
from tests import pictures as send
from tests.cast import Cast
from tests.web import Page, Web

pytestmark = pytest.mark.django_db


def page_of(member: Member, name: str = "person") -> str:
    return reverse(f"portal:{name}", args=[member.code])


def at_desk(client: Client, name: str = "client") -> str:
    return reverse(f"staff:{name}", args=[client.organization.slug, client.number])


def switch(
    web: Web, member: Member, slug: str, *on: str, seen: str = "contact address photo", **more: str
) -> Page:
    """Send an organisation's form with these switches on, from a page that showed ``seen``."""
    return web.post(
        page_of(member, "person_sharing"),
        {"organization": slug, "seen": seen, **dict.fromkeys(on, "on"), **more},
    )


def side_of(client: Client) -> dict[str, Any]:
    """What the organisation has of a person."""
    found = Client.objects.get(pk=client.pk)
    return {
        name: str(getattr(found, name)) for name in ("email", "phone", "address_line", "city", "photo")
    } | {"shares": found.shares}


@pytest.fixture
def stranger(cast: Cast) -> Member:
    """A client of both organisations, with everything to share."""
    make.photo(cast.stranger)
    Member.objects.filter(pk=cast.stranger.pk).update(city="Toronto")
    for client in Client.objects.filter(member=cast.stranger):
        client.city = "Toronto"
        client.save(update_fields=["city"])
        naming.refresh(client.organization, [client.household_id])
    cast.stranger.refresh_from_db()
    return cast.stranger


def test_the_page_names_the_organisations_where_somebody_is_a_client_and_no_other(
    web: Web, cast: Cast
) -> None:
    make.HouseholdFactory(organization=cast.rival, account=cast.owner.account)
    both, one = (
        web.as_(cast.stranger).get(page_of(cast.stranger)),
        web.as_(cast.owner).get(page_of(cast.child)),
    )
    none = web.as_(cast.owner).post("/my/people/add/", {"given_name": "Ada", "born_on": "2020-02-02"})
    ada = web.as_(cast.owner).get(page_of(Member.objects.get(given_name="Ada")))

    names = ("Riverside Recreation", "Lumen Dance")
    assert [[name in page.words for name in names] for page in (both, one, ada)] == [
        [True, True],
        [True, False],
        [False, False],
    ]
    assert none.status == 200
    assert "What you switch off is removed from that organisation’s side" in both.words


def test_what_is_switched_off_leaves_that_organisation_only_and_comes_back_when_switched_on(
    web: Web, cast: Cast, stranger: Member
) -> None:
    here, there = cast.client(stranger), cast.client(stranger, cast.rival)
    before = side_of(here)
    browser = web.as_(stranger)
    page = switch(browser, stranger, "riverside", "photo")

    assert (page.path, "Saved for Riverside Recreation." in page) == (page_of(stranger) + "#riverside", True)
    assert side_of(here) == {
        "email": "",
        "phone": "",
        "address_line": "",
        "city": "",
        "photo": str(stranger.photo),
        "shares": ["photo"],
    }
    assert side_of(there) == before
    assert web.as_(cast.front_desk).get(at_desk(here)).words.count(stranger.email) == 0
    switch(browser, stranger, "riverside", "contact", "address", seen="photo")
    assert side_of(here) == before | {"shares": ["contact", "address"], "photo": ""}
    events = AuditEvent.objects.filter(action="clients.shares_changed").order_by("pk")
    assert [event.changes for event in events] == [
        {"on": [], "off": ["address", "contact"]},
        {"on": ["address", "contact"], "off": ["photo"]},
    ]


def test_a_contact_that_is_not_shared_finds_nobody_at_that_desk(
    web: Web, cast: Cast, stranger: Member
) -> None:
    switch(web.as_(stranger), stranger, "riverside", "address", "photo")

    def found(staff: Any, slug: str) -> list[bool]:
        texts = (stranger.email, "4165550131")
        places = ("clients", "accounts")
        return [
            "Lindqvist"
            in web.as_(staff).get(f"/staff/{slug}/{place}/", {"q": text}).words.split("E-mail")[-1]
            for place in places
            for text in texts
        ]

    assert found(cast.front_desk, "riverside") == [False] * 4
    assert found(cast.rival_administrator, "lumen") == [True] * 4
    assert desk.households_with(cast.organization, stranger.email) == []


def test_what_staff_set_themselves_stays_when_the_family_stops_sharing(
    web: Web, cast: Cast, stranger: Member
) -> None:
    client = cast.client(stranger)
    Client.objects.filter(pk=client.pk).update(phone="+14165559999", staff_set=["phone"])
    switch(web.as_(stranger), stranger, "riverside")
    switch(web.as_(stranger), stranger, "riverside", "contact", seen="")

    assert side_of(client) == {
        "email": stranger.email,
        "phone": "+14165559999",
        "address_line": "",
        "city": "",
        "photo": "",
        "shares": ["contact"],
    }


def test_two_tabs_do_not_undo_each_others_switches(web: Web, cast: Cast, stranger: Member) -> None:
    browser = web.as_(stranger)
    switch(browser, stranger, "riverside", "contact", "address")  # the first tab: no picture
    switch(browser, stranger, "riverside", "contact", "photo")  # the second, opened before: no address

    assert side_of(cast.client(stranger))["shares"] == ["contact"]


def test_only_who_may_change_the_person_switches_and_only_where_they_are_a_client(
    web: Web, cast: Cast, stranger: Member
) -> None:
    answers = {
        who: switch(web.as_(getattr(cast, who)), cast.child, "riverside").status
        for who in ("stranger", "other_guardian", "teenager")
    }
    elsewhere = [switch(web.as_(cast.owner), cast.child, slug).status for slug in ("lumen", "nowhere", "")]

    assert (answers, elsewhere) == (dict.fromkeys(answers, 404), [404] * 3)
    assert side_of(cast.client(cast.child))["shares"] == ["contact", "address", "photo"]
    assert "shared with whom" not in web.as_(cast.other_guardian).get(page_of(cast.child)).words


def change(web: Web, member: Member, **changes: str) -> Page:
    """Save the person's form with these answers, as it was opened."""
    page = web.get(page_of(member, "person_edit"))
    form = page.response.context["form"]
    answers = {name: form[name].value() or "" for name in form.fields}
    return web.post(page_of(member, "person_edit"), answers | changes)


def test_staff_see_what_the_family_changed_until_they_have_seen_it(
    web: Web, cast: Cast, stranger: Member
) -> None:
    here, there = cast.client(stranger), cast.client(stranger, cast.rival)
    Client.objects.filter(pk=there.pk).update(shares=["photo"], staff_set=["given_name"])
    change(web.as_(stranger), stranger, phone="416 555 0199", city="Hamilton", given_name="Svend")
    front_desk = web.as_(cast.front_desk)
    page = front_desk.get(at_desk(here))

    assert "The family changed name, phone and address on" in page.words
    assert "The family changed name on" in web.as_(cast.rival_administrator).get(at_desk(there)).words
    assert Client.objects.get(pk=there.pk).given_name == "Sven", "staff set it: marked, not copied"
    changed = front_desk.get("/staff/riverside/clients/", {"show": "changed"})
    assert "Svend Lindqvist" in changed.words
    assert "Changed: name, phone and address" in changed.words
    assert "Toby" not in changed.words
    until = page.response.context["client"].family_changed_at.isoformat()
    seen = front_desk.post(at_desk(here, "client_seen"), {"until": until})
    assert "The family changed" not in seen.words
    assert "Svend" not in front_desk.get("/staff/riverside/clients/", {"show": "changed"}).words
    assert "The family changed name on" in web.as_(cast.rival_administrator).get(at_desk(there)).words
    event = AuditEvent.objects.get(action="clients.family_change_seen")
    assert event.changes == {"fields": ["city", "given_name", "phone"]}


def test_a_change_that_came_after_the_page_was_opened_stays_marked(
    web: Web, cast: Cast, stranger: Member
) -> None:
    here = cast.client(stranger)
    change(web.as_(stranger), stranger, phone="416 555 0199")
    front_desk = web.as_(cast.front_desk)
    until = front_desk.get(at_desk(here)).response.context["client"].family_changed_at.isoformat()
    change(web.as_(stranger), stranger, city="Hamilton")
    page = front_desk.post(at_desk(here, "client_seen"), {"until": until})

    assert "The family changed something again meanwhile." in page.words
    assert "The family changed phone and address on" in page.words
    assert "changed" in front_desk.post(at_desk(here, "client_seen"), {"until": "<b>nonsense"}).words


def test_what_an_organisations_own_staff_change_is_no_news_to_them(cast: Cast) -> None:
    account = cast.stranger.account
    account.kept_by = cast.organization
    account.save(update_fields=["kept_by"])
    by = Actor(
        kind=ActorKind.STAFF, user=cast.front_desk.user, staff=cast.front_desk, organization=cast.organization
    )
    client = cast.client(cast.stranger)
    fields = PersonFields.of(client)
    desk.change_client(by=by, client=client, person=replace(fields, phone="+14165550177"), participates=True)

    marked = {c.organization.slug: c.family_changed for c in Client.objects.filter(member=cast.stranger)}
    assert marked == {"riverside": [], "lumen": ["phone"]}


def test_a_new_picture_is_marked_too_and_a_birth_date_that_waits(web: Web, cast: Cast) -> None:
    cast.organization.age_of_majority = 16
    cast.organization.save(update_fields=["age_of_majority"])
    web.as_(cast.owner).post(page_of(cast.teenager, "person_photo"), {"photo": send.sent(send.plain())})
    change(web.as_(cast.owner), cast.teenager, born_on=make.years_ago(17).isoformat())
    client = Client.objects.get(member=cast.teenager)

    assert client.family_changed == ["born_on", "photo"]
    assert client.born_on == cast.teenager.born_on, "it waits for staff (RULES 2.8)"
    assert (
        "The family changed birth date and picture on" in web.as_(cast.front_desk).get(at_desk(client)).words
    )


def test_what_is_not_shared_is_said_on_the_profile(web: Web, cast: Cast, stranger: Member) -> None:
    switch(web.as_(stranger), stranger, "riverside", "contact")
    page = web.as_(cast.front_desk).get(at_desk(cast.client(stranger)))

    assert "Not shared by the family: Address, Picture" in page.words
    assert "The family changed what they share on" in page.words
    there = web.as_(cast.rival_administrator).get(at_desk(cast.client(stranger, cast.rival)))
    assert [text for text in ("Not shared", "The family changed") if text in there.words] == []


def test_the_person_page_needs_as_many_queries_for_ten_organisations_as_for_one(web: Web, cast: Cast) -> None:
    browser, counts = web.as_(cast.owner), []
    browser.get(page_of(cast.child))
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page_of(cast.child)).status == 200
        counts.append(len(queries))
        for _more in range(10):
            make.ClientFactory(member=cast.child, organization=make.OrganizationFactory())

    assert counts[0] == counts[1]


# Who only manages (P03, RULES 1.2)


def part(web: Web, member: Member, answer: str, seen: str) -> Page:
    return switch(web, member, "riverside", "contact", "address", "photo", takes_part=answer, part_seen=seen)


def test_an_owner_says_that_they_only_manage_and_is_on_no_list_but_found(web: Web, cast: Cast) -> None:
    client, front_desk = cast.client(cast.owner), web.as_(cast.front_desk)
    household = Household.objects.get(pk=client.household_id)
    naming.refresh(cast.organization, [household])
    asked = web.as_(cast.owner).get(page_of(cast.owner)).words
    part(web.as_(cast.owner), cast.owner, "no", "yes")

    assert "I only manage and pay" in asked
    assert "Amara Okafor" not in front_desk.get("/staff/riverside/clients/").words
    assert "Amara Okafor" in front_desk.get("/staff/riverside/clients/", {"q": "amara"}).words
    assert "Amara Okafor" in front_desk.get(f"/staff/riverside/accounts/{household.number}/").words
    profile = front_desk.get(at_desk(client)).words
    assert ("Takes no part" in profile, "The family changed whether they take part on" in profile) == (
        True,
        True,
    )
    part(web.as_(cast.owner), cast.owner, "yes", "no")
    assert "Amara Okafor" in front_desk.get("/staff/riverside/clients/").words
    actions = ["clients.takes_no_part", "clients.takes_part"]
    assert (
        list(AuditEvent.objects.filter(action__in=actions).order_by("pk").values_list("action", flat=True))
        == actions
    )


def test_an_owner_of_whom_nobody_is_a_client_yet_is_found_by_their_account(web: Web, cast: Cast) -> None:
    owner = make.MemberFactory(given_name="Hanneke", family_name="Vos", phone="+14165550188", owner=True)
    home = make.HouseholdFactory(organization=cast.organization, account=owner.account, name="Vos family")
    naming.refresh(cast.organization, [home])
    desk_finds = [
        "Vos family" in web.as_(cast.front_desk).get("/staff/riverside/clients/", {"q": text}).words
        for text in ("hanneke", "416 555 0188")
    ]
    coach = web.as_(cast.instructor).get("/staff/riverside/clients/", {"q": "hanneke"})
    opened = web.as_(cast.front_desk).get(f"/staff/riverside/accounts/{home.number}/")

    assert (desk_finds, "Vos family" in coach.words) == ([True, True], False)
    assert ("Hanneke Vos" in opened.words, Client.objects.filter(member=owner).exists()) == (True, False)
    assert "Vos" not in web.as_(cast.rival_administrator).get("/staff/lumen/clients/", {"q": "hanneke"}).words


def test_only_owners_are_asked_whether_they_take_part(web: Web, cast: Cast) -> None:
    page = web.as_(cast.owner).get(page_of(cast.child))
    refused = part(web.as_(cast.owner), cast.child, "no", "yes")

    assert ("manages and pays" in page, str(NotAllowed.message) in refused) == (False, True)
    assert Client.objects.get(member=cast.child).participates is True


def test_who_has_a_place_takes_part_until_then_at_the_desk_and_in_the_portal(web: Web, cast: Cast) -> None:
    client = cast.client(cast.owner)
    coming = make.course(service__organization=cast.organization)
    make.RegistrationFactory(session=coming.sessions.first(), client=client)
    page = part(web.as_(cast.owner), cast.owner, "no", "yes")
    front_desk = web.as_(cast.front_desk)
    form = front_desk.get(at_desk(client, "client_edit")).response.context["form"]
    answers = {name: form[name].value() or "" for name in form.fields if name != "participates"}
    at_the_desk = front_desk.post(at_desk(client, "client_edit"), answers)

    says = f"Amara still has a place in {coming.title} on"
    assert (says in page.words, at_the_desk.status, says in at_the_desk.words) == (True, 422, True)
    assert Client.objects.get(pk=client.pk).participates is True


def test_booking_for_a_child_puts_the_payer_on_no_roster_and_counts_one(web: Web, cast: Cast) -> None:
    Client.objects.filter(member=cast.owner).update(participates=False)
    drop_in = make.ProductFactory(organization=cast.organization, kind="drop_in")
    first = make.course(service__organization=cast.organization, service__drop_in=drop_in).sessions.earliest(
        "starts_at"
    )
    url = reverse("public:book", kwargs={"org": "riverside", "kind": "session", "code": first.code})
    web.as_(cast.owner).post(url, {"member": cast.child.code}, follow=False)

    assert [each.client.member for each in first.registrations.select_related("client__member")] == [
        cast.child
    ]
    assert Client.objects.get(member=cast.owner).participates is False
