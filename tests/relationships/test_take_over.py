"""Coming of age: who is told and when, the take-over in steps, and what staff see of it (RULES 2.9)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Account, Invitation, Member
from accounts.permissions import Permission
from clients.models import Client
from messaging.models import Message
from relationships import coming_of_age
from relationships.authority import may
from relationships.enums import FamilyPermission as P
from relationships.enums import TakeOverChoice
from relationships.errors import CannotTakeOver, ChosenAlready
from relationships.models import AgeNotice, ManagerLink, TakeOver
from relationships.operations import take_over
from relationships.tasks import tell_of_coming_of_age
from tests import factories as make
from tests.cast import Cast, assemble
from tests.races import at_once
from tests.web import Web

pytestmark = pytest.mark.django_db

BIRTHDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
OWN, STAY = TakeOverChoice.OWN_ACCOUNT, TakeOverChoice.STAY


@pytest.fixture
def on_the_day() -> Iterator[None]:
    with time_machine.travel(BIRTHDAY):
        yield


def young(cast: Cast, born_on: date = date(2008, 11, 20), **fields: Any) -> Member:
    """Somebody of the owners' account, known for long, a client of the organisation."""
    wanted = {"with_login": True, "email": "young@adult.test", "given_name": "Ife", "family_name": "Okafor"}
    member: Member = make.MemberFactory(account=cast.owner.account, born_on=born_on, **(wanted | fields))
    Member.objects.filter(pk=member.pk).update(created_at=LONG_AGO)
    make.ClientFactory(organization=cast.organization, member=member, born_on=born_on)
    member.refresh_from_db()
    return member


def as_(member: Member) -> Actor:
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member)


def run_at(*moments: datetime) -> None:
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            tell_of_coming_of_age(0)


def stages(member: Member) -> list[str]:
    return list(AgeNotice.objects.filter(member=member).order_by("pk").values_list("stage", flat=True))


def mails_about(member: Member) -> list[tuple[str, str]]:
    rows = Message.objects.filter(
        template__startswith="messaging/email/age/", member_ids__contains=[member.pk]
    )
    return [(row.template.rsplit("/", 1)[1], row.address) for row in rows.order_by("pk")]


# the job


def test_the_person_and_the_owners_are_told_twice_ahead_and_on_the_day_however_often_the_job_runs(
    cast: Cast,
) -> None:
    member = young(cast)
    hours = [
        BIRTHDAY - timedelta(days=days, hours=hour) for days in (61, 60, 30, 14, 1, 0) for hour in (1, 0)
    ]

    run_at(*hours, BIRTHDAY + timedelta(days=3))

    owners = [cast.owner.email, cast.co_owner.email]
    expected = [("soon_self", "young@adult.test"), *(("soon_owner", each) for each in owners)]
    on_day = [("day_self", "young@adult.test"), *(("day_owner", each) for each in owners)]
    assert stages(member) == ["60", "14", "day"]
    assert mails_about(member) == expected * 2 + on_day


@pytest.mark.parametrize(
    ("late", "told"),
    [
        ([57], ["60"]),
        ([57, 11], ["60", "14"]),
        ([13], ["14"]),  # what should have been said sixty days ahead is stale
        ([16, -3], ["60", "day"]),
        ([-3], ["day"]),
        ([-8], []),
    ],
)
def test_a_job_that_did_not_run_tells_the_newest_alone_and_nothing_that_is_over(
    cast: Cast, late: list[int], told: list[str]
) -> None:
    member = young(cast)

    run_at(*(BIRTHDAY - timedelta(days=days) for days in late for _twice in range(2)))

    assert stages(member) == told


def test_the_day_is_told_when_it_has_begun_in_every_zone_of_the_person(cast: Cast) -> None:
    member = young(cast)
    auckland = make.OrganizationFactory(time_zone="Pacific/Auckland", age_of_majority=18)
    make.ClientFactory(organization=auckland, member=member)
    run_at(datetime(2026, 11, 20, 4, 59, tzinfo=UTC))
    before = stages(member)
    run_at(datetime(2026, 11, 20, 5, 0, tzinfo=UTC))

    assert (before, stages(member)) == (["14"], ["14", "day"])


def test_each_age_of_majority_is_told_of_by_itself(cast: Cast) -> None:
    cast.organization.age_of_majority = 19
    cast.organization.save(update_fields=["age_of_majority"])
    member = young(cast)

    run_at(BIRTHDAY, BIRTHDAY.replace(year=2027))

    notices = AgeNotice.objects.filter(member=member).order_by("pk").values_list("years", "stage")
    texts = Message.objects.filter(template="messaging/email/age/day_self").order_by("pk")
    assert list(notices) == [(18, "day"), (19, "day")]
    assert [(m.context["is_whole"], m.context["places"]) for m in texts] == [
        (True, ""),
        (False, cast.organization.name),
    ]


def test_nobody_is_told_of_who_is_unknown_came_as_an_adult_runs_the_account_or_is_kept_from_them(
    cast: Cast,
) -> None:
    young(cast, email="erased@adult.test", erased_at=LONG_AGO)
    newcomer = young(cast, email="newcomer@adult.test")
    Member.objects.filter(pk=newcomer.pk).update(created_at=BIRTHDAY)
    young(cast, email="owner@adult.test", owner=True)
    kept = young(cast, email="kept@adult.test")
    make.NoContactFactory(
        organization=cast.organization, barred=cast.co_owner, protected=kept, starts_on=LONG_AGO.date()
    )

    run_at(BIRTHDAY)

    assert list(AgeNotice.objects.values_list("member", flat=True)) == [kept.pk]
    assert mails_about(kept) == [
        ("day_self", "kept@adult.test"),
        ("day_owner", cast.owner.email),
        ("day_owner", "owner@adult.test"),
    ]


def test_who_has_no_login_is_invited_to_one_on_the_day_once(cast: Cast) -> None:
    member = young(cast, with_login=False)

    run_at(BIRTHDAY, BIRTHDAY + timedelta(hours=1))

    assert list(Invitation.objects.filter(member=member).values_list("email", flat=True)) == [
        "young@adult.test"
    ]
    assert Message.objects.filter(template="messaging/email/login_invited").count() == 1


# the take-over


@pytest.mark.usefixtures("on_the_day")
def test_an_own_account_with_one_right_granted_to_one_parent(cast: Cast) -> None:
    member = young(cast)
    family = member.account
    outlived = make.ManagerLinkFactory(
        manager=cast.other_guardian, dependent=member, view=True, book=True, granted_by=cast.owner
    )
    me = as_(member)

    row = take_over.choose(by=me, choice=OWN)
    again = take_over.choose(by=me, choice=OWN)
    people = take_over.helpers(row)
    take_over.grant(by=me, grants={cast.owner.pk: ["notify", "sign"], cast.stranger.pk: ["view"]})
    take_over.grant(by=me, grants={cast.co_owner.pk: ["book"]})
    done = take_over.finish(by=me)

    member.refresh_from_db()
    outlived.refresh_from_db()
    links = ManagerLink.objects.filter(dependent=member, ended_at=None)
    given = {link.manager: [p.value for p in P if getattr(link, p.value)] for link in links}
    assert (row.pk, row.from_account) == (again.pk, family)
    assert people == sorted([cast.owner, cast.co_owner, cast.other_guardian], key=lambda each: each.pk)
    assert (member.account != family, member.ownership.account == member.account) == (True, True)
    assert given == {cast.owner: ["view", "notify"]}
    assert outlived.ended_at is not None
    assert done.done_at is not None
    assert not may(as_(cast.co_owner), P.VIEW, member)
    assert set(
        Message.objects.filter(template="messaging/email/moved_out").values_list("address", flat=True)
    ) == {
        cast.owner.email,
        cast.co_owner.email,
    }


@pytest.mark.usefixtures("on_the_day")
def test_staying_moves_nobody_and_tells_the_owners_nothing_private(cast: Cast) -> None:
    member = young(cast)
    me = as_(member)

    row = take_over.choose(by=me, choice=STAY)
    with pytest.raises(ChosenAlready):
        take_over.choose(by=me, choice=OWN)

    member.refresh_from_db()
    assert (row.choice, member.account) == (STAY, cast.owner.account)
    assert mails_about(member) == [("taken_over", cast.owner.email), ("taken_over", cast.co_owner.email)]


@pytest.mark.usefixtures("on_the_day")
@pytest.mark.parametrize("who", ["minor", "newcomer", "owner", "no_birth_date"])
def test_there_is_nothing_to_take_over_for_anybody_else(cast: Cast, who: str) -> None:
    member = young(cast, date(2008, 11, 21) if who == "minor" else date(2008, 11, 20), owner=who == "owner")
    if who == "newcomer":
        Member.objects.filter(pk=member.pk).update(created_at=BIRTHDAY)
    if who == "no_birth_date":
        Member.objects.filter(pk=member.pk).update(born_on=None)

    with pytest.raises(CannotTakeOver):
        take_over.choose(by=as_(member), choice=STAY)
    with pytest.raises(CannotTakeOver):
        take_over.grant(by=as_(member), grants={})
    with pytest.raises(CannotTakeOver):
        take_over.finish(by=as_(member))
    assert not TakeOver.objects.exists()


@pytest.mark.usefixtures("on_the_day")
def test_a_helper_who_is_kept_apart_is_not_offered(cast: Cast) -> None:
    member = young(cast)
    make.NoContactFactory(organization=cast.organization, barred=cast.owner, protected=member)

    row = take_over.choose(by=as_(member), choice=STAY)

    assert take_over.helpers(row) == [cast.co_owner]


@pytest.mark.django_db(transaction=True)
def test_of_two_take_overs_at_once_one_is_made() -> None:
    cast = assemble()
    with time_machine.travel(BIRTHDAY):
        member = young(cast)
        me = as_(member)
        choices = [OWN, STAY, OWN, STAY]
        results = at_once(4, lambda n: take_over.choose(by=me, choice=choices[n]))
        take_over.choose(by=me, choice=TakeOverChoice(TakeOver.objects.get().choice))
        at_once(2, lambda _n: take_over.grant(by=me, grants={cast.owner.pk: ["view"]}))

    row = TakeOver.objects.get()
    refused = [each for each in results if isinstance(each, ChosenAlready)]
    assert (len(results), len(refused)) == (4, 2)
    assert Account.objects.filter(ownerships__member=member).count() == (1 if row.choice == OWN else 0)
    assert ManagerLink.objects.filter(dependent=member, ended_at=None).count() == 1


def test_the_grace_of_an_organisation_runs_from_the_birthday_there(cast: Cast) -> None:
    member = young(cast)
    cast.organization.coming_of_age_grace_days = 30

    assert coming_of_age.grace_until(member, cast.organization) == date(2026, 12, 20)


# the pages


@pytest.mark.usefixtures("on_the_day")
def test_the_page_leads_through_three_steps_and_comes_back_where_it_stopped(web: Web, cast: Cast) -> None:
    member = young(cast)
    page = reverse("portal:take_over")
    me = web.as_(member)
    home = me.get(reverse("portal:home"))
    first, tab = me.get(page), me.get(page)
    empty = me.post(page, {"step": "choosing", "once": first.once})
    chosen = me.post(page, {"step": "choosing", "choice": "stay", "once": first.once})
    other = me.post(page, {"step": "choosing", "choice": "own", "once": tab.once})
    back = me.get(page)
    given = me.post(page, {"step": "granting", f"for-{cast.owner.code}": ["view"], "once": back.once})
    done = me.post(page, {"step": "signing", "once": given.once})
    after = me.get(page)

    assert "You are an adult now" in home.words
    assert (empty.status, chosen.status, other.status) == (422, 200, 200)
    assert "You have decided already" in other.words
    assert ["Step 1 of 3" in first.words, "Step 2 of 3" in back.words, "Step 3 of 3" in given.words] == [
        True
    ] * 3
    assert (done.path, "I stay in my family" in after.words) == ("/my/", True)
    assert bool(may(as_(cast.owner), P.VIEW, member))
    assert web.as_(cast.owner).get(page).status == 404


def test_the_owner_reads_on_the_childs_page_what_changes_within_sixty_days(web: Web, cast: Cast) -> None:
    member = young(cast)
    page = reverse("portal:person", args=[member.code])
    shown = []
    for days in (61, 60, 1):
        with time_machine.travel(BIRTHDAY - timedelta(days=days)):
            shown.append("Ife turns 18 on" in web.as_(cast.owner).get(page).words)

    assert shown == [False, True, True]


@pytest.mark.usefixtures("on_the_day")
def test_staff_see_where_the_take_over_stands_and_send_the_invitation_again(web: Web, cast: Cast) -> None:
    member = young(cast)
    client = Client.objects.get(member=member)
    tell_of_coming_of_age(0)
    where = [cast.organization.slug, client.number]
    desk = web.as_(cast.front_desk)
    before = desk.get(reverse("staff:client", args=where)).words
    sent = desk.post(reverse("staff:client_take_over", args=where), {})
    desk.post(reverse("staff:client_take_over", args=where), {})
    take_over.choose(by=as_(member), choice=STAY)
    begun = desk.get(reverse("staff:client", args=where)).words

    assert ("Came of age. Not begun yet." in before, "A mail is on its way" in sent.words) == (True, True)
    assert "not ended yet" in begun
    assert [mail for mail in mails_about(member) if mail[0] == "again"] == [("again", "young@adult.test")]


@pytest.mark.usefixtures("on_the_day")
def test_staff_invite_who_has_no_login_at_the_familys_address_only(cast: Cast) -> None:
    member = young(cast, with_login=False)
    client = Client.objects.get(member=member)
    Client.objects.filter(pk=client.pk).update(email="typed.by.staff@rival.test")
    desk = Actor(
        kind=ActorKind.STAFF,
        user=cast.front_desk.user,
        staff=cast.front_desk,
        organization=cast.organization,
        permissions=frozenset({Permission.ACCOUNTS_CONTRIBUTE}),
    )

    take_over.invite_again(by=desk, client=client)
    Member.objects.filter(pk=member.pk).update(email="")
    with pytest.raises(CannotTakeOver):
        take_over.invite_again(by=desk, client=client)
    with pytest.raises(CannotTakeOver):
        take_over.invite_again(by=desk, client=cast.client(cast.teenager))

    assert list(Invitation.objects.values_list("member", "email")) == [(member.pk, "young@adult.test")]
