"""A family asks for a copy of everything held, leaves, comes back, and looks into the file; then it is too late."""

import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import PASSWORD
from tests.e2e.steps import begin_booking, sign, type_card, wait_until_booked

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

EVERYBODY = "Everybody in your account"


def files_of(path: Path) -> dict[str, str]:
    """What is in the file, as text."""
    with ZipFile(BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def download(person: Person) -> dict[str, str]:
    """On the page behind "Download", to what is in the file.

    The password is asked of who logged in more than five minutes ago
    (``tests/relationships/test_privacy_pages.py``); whether that is so here depends on which journeys were
    walked before.
    """
    person.page.get_by_role("heading", name=re.compile("Is it you|Your copy is ready")).wait_for()
    if "Is it you?" in person.words:
        person.fill(password=PASSWORD)
        person.press("Go on")
    person.sees("Your copy is ready")
    with person.page.expect_download() as downloaded:
        person.press("Download the file")
    return files_of(Path(downloaded.value.path()))


def test_a_family_gets_everything_held_about_it_and_nothing_of_others(
    club: Club, enter: Enter, tmp_path: Path
) -> None:
    family = enter("export")
    begin_booking(family, club, "session", "art", "Wim")
    family.sees("You are booking for Wim")
    sign(family, "Linnea Obrecht")
    type_card(family)
    family.press("Pay $16.95")
    wait_until_booked(family)

    family.open("/my/people/")
    family.page.get_by_role("main").get_by_role("link", name="Your data").click()
    family.sees("1 bill", "1 signature", "1 place in a class")
    family.press(f"Make a copy for {EVERYBODY}")
    family.open("/my/")  # it is made meanwhile
    mail = club.mail_to(club.setting.logins["export"], "The copy of your data is ready")
    link = re.search(r"http://\S+/my/privacy/", mail)
    assert link is not None
    family.open(link[0])
    family.page.locator("li", has_text=EVERYBODY).get_by_role("link", name="Download").click()
    files = download(family)

    assert Axe().run(family.page).violations_count == 0
    data = json.loads(files["data.json"])["parts"]
    assert [row["person"] for row in data["people"]] == ["Linnea Obrecht", "Wim Obrecht", "Saar Obrecht"]
    assert [row["what"] for row in data["bill_lines"]] == ["Open art"]
    assert [(row["person"], row["typed_name"]) for row in data["signatures"]] == [
        ("Wim Obrecht", "Linnea Obrecht")
    ]
    assert "What the club promises" in data["signed_texts"][0]["text"]
    assert [row["card"] for row in data["payments"]] == ["visa 4242"]
    assert "Open art" in files["csv/registrations.csv"]
    page = files["index.html"]
    assert [text for text in ("Wim Obrecht", "$16.95", "What the club promises") if text not in page] == []
    others = ("Abara", "Gruber", "Kaplan", "Hartono", club.setting.logins["pages"])
    assert [text for text in others if text in "".join(files.values())] == []

    family.open("/my/activity/")
    family.sees("A copy of everything held was downloaded", "A document was signed", "Wim Obrecht")
    stranger = enter("booking")
    (tmp_path / "index.html").write_text(page)
    stranger.page.goto(f"file://{tmp_path}/index.html")  # it needs nothing from anywhere
    stranger.sees("Everything held about you", "What is not in this copy")
    assert stranger.open(family.address + "/my/privacy/").url.endswith("/my/privacy/")
    code = club.sql("SELECT code FROM accounts_privacyrequest ORDER BY id DESC LIMIT 1")[0][0]
    stranger.open(f"/my/privacy/copies/{code}/")
    assert "Your copy is ready" not in stranger.words

    club.sql(
        "UPDATE accounts_privacyrequest SET file_expires_at = now() - interval '1 second' WHERE code = %s",
        code,
    )
    family.open(f"/my/privacy/copies/{code}/")
    family.sees("This copy is no longer here", "A copy is kept for a week")
    family.press("Make a new copy")
    family.sees("The last copy is no longer here")


def test_a_copy_is_asked_for_and_fetched_without_scripts(club: Club, enter: Enter) -> None:
    family = enter("export", scripts=False)
    family.open("/my/privacy/")
    family.press("Make a copy for Saar Obrecht")
    for _look in range(40):
        row = family.page.locator("li", has_text="Saar Obrecht")
        if row.get_by_role("link", name="Download").count():
            break
        family.page.wait_for_timeout(500)
        family.open("/my/privacy/")
    family.page.locator("li", has_text="Saar Obrecht").get_by_role("link", name="Download").click()
    files = download(family)

    data = json.loads(files["data.json"])["parts"]
    assert [row["person"] for row in data["people"]] == ["Saar Obrecht"]
