"""Who may pick a child up and who never, and who must be kept apart: at the door, and in the families' pages."""

import re

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CHILD, AUNT, NEVER = "Ash Thorne", "Ottoline Brook", "Hollis Crane"


def open_child(person: Person) -> None:
    person.open("/my/people/")
    person.press(CHILD, exact=True)
    person.page.get_by_role("heading", name=CHILD, level=1).wait_for()


def roster(club: Club, person: Person) -> None:
    person.open(f"/staff/{club.setting.slug}/sessions/{club.setting.offers['Door day']}/")
    person.sees(CHILD)


def safety(club: Club) -> str:
    return f"/staff/{club.setting.slug}/clients/{club.setting.clients['Ash']}/safety/"


def test_a_family_names_who_picks_up_the_other_guardian_is_told_and_the_desk_sees_it(
    club: Club, enter: Enter
) -> None:
    owner, desk, other = enter("safe"), enter("desk"), enter("away")
    open_child(owner)
    owner.press("Add somebody")
    owner.fill(name="", phone="no number")
    owner.press("Add to the list")
    owner.page.locator("#id_name_error").wait_for()
    owner.fill(name=AUNT, relation="Aunt", phone="416 555 0188")
    owner.press("Add to the list")
    owner.sees(f"{AUNT} is on the list.", "(416) 555-0188")
    told = club.mail_to(club.setting.logins["away"], "who may pick up Ash")
    assert (AUNT in told, "Thorne" in told) == (False, False)

    roster(club, desk)
    desk.page.get_by_text(re.compile(r"people may pick up")).first.click()
    desk.sees(AUNT, "(416) 555-0188", "Wren Thorne", "Jost Ulrich")

    open_child(other)
    other.sees("people of another guardian")
    assert AUNT not in other.words

    open_child(owner)
    owner.page.get_by_role("link", name=re.compile(f"Take off.*{AUNT}")).click()
    owner.press("Take off the list")
    owner.sees("Taken off the list. It counts at once.")
    roster(club, desk)
    assert AUNT not in desk.page.content()


def test_never_release_is_unmistakable_at_the_door_and_nowhere_in_the_family(
    club: Club, enter: Enter
) -> None:
    boss, coach, owner = enter("supervisor"), enter("instructor"), enter("safe")
    boss.open(safety(club))
    boss.press("Never release to")
    boss.fill(name=NEVER, description="Red beard, grey van", reason="Police file 26–77", call="The manager")
    boss.press("Record it")
    boss.sees("the family is not told", NEVER)

    roster(club, coach)
    coach.sees(f"Never release to {NEVER}", "Red beard, grey van", "Call The manager")
    coach.open(f"/staff/{club.setting.slug}/clients/{club.setting.clients['Ash']}/")
    coach.sees("Never release Ash to", NEVER)
    assert "26–77" not in coach.page.content()

    for path in ("/my/", "/my/people/", "/my/who-can-do-what/", "/my/activity/", "/my/privacy/"):
        owner.open(path)
        assert (NEVER in owner.page.content(), "ever release" in owner.page.content()) == (False, False)
    open_child(owner)
    assert NEVER not in owner.page.content()

    boss.open(safety(club))
    boss.page.get_by_role("link", name=NEVER).first.click()
    boss.fill(reason="The file was closed")
    boss.press("Lift the mark")
    boss.sees("Lifted. It holds no longer.")
    roster(club, coach)
    assert NEVER not in coach.page.content()


def test_whoever_is_kept_away_sees_nothing_of_the_child_until_the_mark_is_lifted(
    club: Club, enter: Enter
) -> None:
    boss, other = enter("supervisor"), enter("away")
    open_child(other)
    child_page = other.path.split("#")[0]

    boss.open(safety(club))
    boss.press("Keep somebody away")
    boss.page.locator("main [name=q]").fill("Ulrich")
    boss.page.get_by_role("main").get_by_role("button", name="Search", exact=True).click()
    boss.page.get_by_label("Jost Ulrich").check()
    boss.press("Choose")
    boss.sees("Jost Ulrich")
    boss.page.set_input_files(
        "[name=document]",
        {"name": "order.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 the order\n%%EOF"},
    )
    boss.fill(reason="Family court 12–345")
    boss.press("Record it")
    boss.sees("Recorded. It holds on every page, mail and copy.", "Save the document")
    mark = boss.path

    for path in ("/my/", "/my/people/", "/my/who-can-do-what/", "/my/activity/", "/my/bills/"):
        other.open(path)
        assert "Ash" not in other.words
    other.open(child_page)
    assert CHILD not in other.words
    stranger = enter("helper")
    stranger.open(child_page)
    assert re.sub("Jost|Ulrich|J U", "", other.page.locator("main").inner_text()) == re.sub(
        "Femi|Oduya", "", stranger.page.locator("main").inner_text()
    )
    roster(club, boss)
    boss.sees("Never release to Jost Ulrich")

    boss.open(mark)
    boss.fill(reason="The court lifted it")
    boss.press("Lift the mark")
    boss.sees("Lifted. It holds no longer.")
    open_child(other)
