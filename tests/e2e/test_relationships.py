"""Who may act for whom: two families link, change and end it; the desk links, signs up, and asks why."""

import re

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.steps import begin_booking

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{10}\b")


def book_page(club: Club) -> str:
    return f"/o/{club.setting.slug}/book/session/{club.setting.offers['art']}/"


def relationships(club: Club, name: str) -> str:
    return f"/staff/{club.setting.slug}/clients/{club.setting.clients[name]}/relationships/"


def people_of_dashboard(person: Person) -> list[str]:
    """Whose dashboard it is, by the faces on it."""
    person.open("/my/")
    links = person.page.get_by_role("navigation", name="Person").get_by_role("link").all()
    return [link.inner_text().strip().splitlines()[-1] for link in links]


def test_a_link_is_asked_by_code_accepted_in_part_used_changed_and_ended(club: Club, enter: Enter) -> None:
    asker, owner = enter("linking"), enter("linked", width=390)

    owner.open("/my/links/new/")
    owner.press("Show a code")
    owner.page.get_by_role("button", name="Make another code").wait_for()
    code = CODE.search(owner.page.locator("main").inner_text())
    assert code is not None

    asker.open("/my/links/new/ask/")
    asker.fill(who=code[0], about="Yuki")
    asker.page.get_by_label("Book and cancel").check()
    asker.page.get_by_label("Pick up").check()
    asker.press("Send the request")
    asker.page.wait_for_url("**/my/who-can-do-what/**")

    owner.open("/my/")
    owner.sees("Ines Sorel asks to be linked with you")
    owner.page.locator("li.todo", has_text="Ines Sorel").get_by_role("link", name="Answer").click()
    owner.page.get_by_label("Yuki", exact=False).check()
    owner.page.get_by_label("Pick up").uncheck()
    owner.press("Accept what is ticked")
    owner.page.get_by_role("heading", name="Ines Sorel for Yuki").wait_for()
    link = owner.path

    assert people_of_dashboard(asker) == ["You", "Nell", "Yuki", "Add"]
    asker.page.get_by_role("navigation", name="Person").get_by_role("link", name="Yuki").click()
    asker.page.wait_for_url("**/my/?who=*")
    begin_booking(asker, club, "session", "art", "Yuki")
    asker.press("Don’t book, let the places go")

    owner.open(link)
    owner.page.get_by_label("Book and cancel").uncheck()
    owner.press("Save", exact=True)
    owner.page.wait_for_url("**/my/who-can-do-what/**")
    asker.open(book_page(club))
    assert not asker.page.locator("label.who", has_text="Yuki").count()
    asker.sees("Yuki")

    owner.open(link)
    owner.press("End the link")
    owner.page.get_by_role("button", name="End the link").click()
    owner.page.wait_for_url("**/my/who-can-do-what/**")
    assert people_of_dashboard(asker) == ["You", "Nell", "Add"]
    asker.open(book_page(club))
    assert "Yuki" not in asker.words


def test_the_desk_picks_several_as_it_types_links_them_in_one_save_and_reads_why(
    club: Club, enter: Enter
) -> None:
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/clients/{club.setting.clients['Ilona']}/")
    desk.press("Manage current client")
    search = desk.page.get_by_label("Search a client")
    search.press_sequentially("yuki")
    desk.page.get_by_label("Yuki Tamura").check()
    search.fill("")
    search.press_sequentially("sho")
    desk.page.get_by_label("Sho Tamura").check()
    assert desk.page.get_by_label("Yuki Tamura").is_checked()
    desk.press("Use who is ticked")
    desk.page.get_by_role("heading", name="Sho Tamura, Yuki Tamura").wait_for()
    desk.page.get_by_label("What Ilona is to them").select_option("Grandparent")
    desk.press("Save the relationship")
    desk.sees("2 people linked")

    desk.open(f"/staff/{club.setting.slug}/clients/{club.setting.clients['Yuki']}/")
    desk.page.get_by_role("link", name=re.compile("^Why.*Ilona Varga")).first.click()
    desk.sees("What Ilona Varga may do for Yuki Tamura", "A link between the two gives this right.")
    rests_on = re.compile(r"Link \w{10} \(Grandparent\), from .*, set up here by Dana Whitfield")
    desk.page.get_by_text(rests_on).first.wait_for()
    desk.press("The other way round")
    desk.sees("What Yuki Tamura may do for Ilona Varga")
    assert "A link between" not in desk.words
    owner = enter("linked")
    owner.open("/my/who-can-do-what/")
    owner.sees(f"Set by the desk of {club.setting.name}, there only")


def test_the_desk_adds_a_relationship_with_rights_each_way_without_scripts(club: Club, enter: Enter) -> None:
    desk = enter("desk", scripts=False)
    desk.open(relationships(club, "Kaori"))
    search = desk.page.get_by_label("Search a client")
    search.fill("ilona")
    search.press("Enter")
    desk.page.get_by_label("Ilona Varga").check()
    desk.press("Use who is ticked")
    forth = desk.page.get_by_role("group", name="What Kaori may do for them")
    back = desk.page.get_by_role("group", name="What they may do for Kaori")
    desk.page.get_by_label("What Kaori is to them").select_option("Partner")
    desk.page.get_by_label("What they are to Kaori").select_option("Partner")
    forth.get_by_label("Book and cancel").uncheck()
    back.get_by_label("Get messages").check()
    desk.press("Save the relationship")
    desk.sees("1 person linked", "Kaori acts for them", "Acts for Kaori")


def test_the_desk_signs_up_somebody_new_to_manage(club: Club, enter: Enter) -> None:
    desk = enter("desk")
    desk.open(f"/staff/{club.setting.slug}/clients/{club.setting.clients['Kaori']}/")
    desk.press("Sign up new client to manage")
    desk.fill(given_name="Aiko", born_on="2017-05-06")
    desk.press("Sign up", exact=True)
    desk.sees("Aiko Tamura is signed up. Kaori acts for them.", "Kaori Tamura")
    desk.press("Aiko Tamura")
    owner = enter("linked")
    owner.open("/my/")
    assert "Aiko" in people_of_dashboard(owner)
