"""A family's people: a picture, what is shared with whom, what flows, and two organisations of one family."""

from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import NAME, STUDIO

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

IS_SHOWN = "async image => { await image.decode(); return image.naturalWidth > 0; }"
CHILD, OTHER_CHILD = "Bem Okonjo", "Chika Okonjo"


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, str]:
    """A tall picture as a phone takes it, and a letter that calls itself one."""
    picture, letter = tmp_path / "bem.jpg", tmp_path / "letter.jpg"
    Image.new("RGB", (900, 1600), "darkorange").save(picture, "JPEG")
    letter.write_text("Dear club, this is no picture.")
    return {"picture": str(picture), "letter": str(letter)}


def open_person(person: Person, name: str) -> None:
    person.open("/my/people/")
    person.press(name, exact=True)
    person.page.get_by_role("heading", name=name, level=1).wait_for()


def shows_picture(person: Person, where: str) -> bool:
    """Whether the avatar in ``where`` is a picture that was loaded."""
    images = person.page.locator(f"{where} .avatar img")
    return images.count() > 0 and bool(images.first.evaluate(IS_SHOWN))


def profile(club: Club, slug: str = "", title: str = "Picture day") -> str:
    return f"/staff/{slug or club.setting.slug}/clients/{club.setting.clients[title]}/"


def test_a_picture_is_added_and_seen_on_the_roster_until_it_is_shared_no_more(
    club: Club, enter: Enter, pictures: dict[str, str]
) -> None:
    owner, desk = enter("people"), enter("desk")
    open_person(owner, CHILD)
    owner.press("Add a picture")
    owner.page.set_input_files("[name=photo]", pictures["letter"])
    owner.press("Save the picture")
    owner.sees("This is not a picture we can read.")
    owner.page.set_input_files("[name=photo]", pictures["picture"])
    owner.press("Save the picture")
    owner.sees("The picture is saved.")
    assert shows_picture(owner, ".page-head")

    desk.open(f"/staff/{club.setting.slug}/sessions/{club.setting.offers['Picture day']}/")
    assert shows_picture(desk, "tr:has-text('Bem')")
    width = desk.page.locator("tr .avatar img").first.evaluate(
        "image => [image.naturalWidth, image.naturalHeight]"
    )
    assert width == [512, 512]
    desk.open(profile(club))
    desk.sees("The family changed picture on")

    form = owner.page.locator(f"form#{club.setting.slug}")
    form.get_by_label("Picture").uncheck()
    owner.sees(f"Saved for {NAME}.")
    assert not owner.page.locator(f"form#{club.setting.slug}").get_by_label("Picture").is_checked()
    desk.page.reload()
    desk.sees("Not shared by the family: Picture")
    assert not shows_picture(desk, ".profile-side")
    both = enter("both")
    both.open(profile(club, club.setting.studio, "Ballet 1"))
    assert shows_picture(both, ".profile-side")


def test_a_change_flows_and_the_desk_sees_it_until_it_has_seen_it(club: Club, enter: Enter) -> None:
    owner, desk = enter("people", scripts=False), enter("desk")
    open_person(owner, OTHER_CHILD)
    owner.press("Edit")
    owner.fill(preferred_name="Chichi", phone="416 555 0142")
    owner.press("Save")
    owner.sees("(416) 555-0142")

    desk.open(f"/staff/{club.setting.slug}/clients/?show=changed")
    desk.press(OTHER_CHILD, exact=True)
    desk.sees("The family changed", "(416) 555-0142", "Goes by Chichi")
    desk.press("Seen")
    desk.sees("Noted")
    assert "The family changed" not in desk.words

    form = owner.page.locator(f"form#{club.setting.slug}")
    form.get_by_label("E-mail and phone").uncheck()
    form.get_by_role("button", name="Save").click()  # without scripts, a button sends the switches
    desk.page.reload()
    desk.sees("Not shared by the family: E-mail and phone", "The family changed what they share on")
    assert "555-0142" not in desk.words


def test_a_family_of_two_organisations_looks_at_one_or_at_both(club: Club, enter: Enter) -> None:
    owner = enter("people")
    owner.open("/my/")
    owner.sees("Picture day", "Ballet 1")
    owner.page.get_by_role("navigation", name="Organisation").get_by_role("link", name=STUDIO).click()
    owner.page.wait_for_url(f"**/my/?at={club.setting.studio}")
    owner.sees("Ballet 1")
    assert "Picture day" not in owner.words
    owner.press("Bills", exact=True)
    owner.page.wait_for_url(f"**/my/bills/?at={club.setting.studio}")
    owner.page.get_by_role("navigation", name="Organisation").get_by_role("link", name="Everywhere").click()
    owner.page.wait_for_url("**/my/bills/")


def test_who_works_at_two_organisations_goes_from_one_to_the_other(club: Club, enter: Enter) -> None:
    both = enter("both")
    both.open(f"/staff/{club.setting.slug}/clients/")
    both.page.locator(".places-menu > summary").click()
    both.page.locator(".places-menu").get_by_role("link", name=f"Staff at {STUDIO}").click()
    both.page.wait_for_url(f"**/staff/{club.setting.studio}/**")
    both.sees(STUDIO)
    assert NAME not in both.page.locator("main").inner_text()
