"""Several owners, a minor's own login, passkeys, recovery codes, and another log-in e-mail."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

OWN = "bitterns boom by the reeds"


def link_in(mail: str, path: str) -> str:
    found = re.search(rf"http://\S+{path}[^\s\"<]+", mail)
    assert found is not None, mail
    return found[0]


def prove(person: Person) -> None:
    """Type the password once more, where a page asks for it."""
    person.sees("Is it you?")
    person.fill(password=PASSWORD)
    person.press("Go on")


def log_out(person: Person) -> None:
    person.context.clear_cookies()


def of(club: Club, family: str, column: str, name: str) -> str:
    """A column of a person by their family's key and first name."""
    rows = club.sql(
        f"SELECT p.{column} FROM accounts_member p JOIN accounts_member o ON o.account_id = p.account_id"
        " WHERE o.email = %s AND p.given_name = %s",
        club.setting.logins[family],
        name,
    )
    return str(rows[0][0])


def test_an_owner_makes_another_who_steps_down_and_the_last_one_cannot(club: Club, enter: Enter) -> None:
    emi, kenji = enter("owners"), enter()
    address = club.setting.address("kenji.nakata")
    emi.open("/my/people/")
    emi.press("Account and owners")
    emi.sees("You are the only owner.", "Only adults can be owners.")
    emi.press("Make Kenji Nakata an owner")
    emi.sees("Make Kenji an owner?", "Everything but sign for them")
    emi.press("Make Kenji an owner", exact=True)
    emi.sees("Kenji runs the account with you now.", "no login yet")

    emi.press("Step down")
    emi.press("Step down", exact=True)
    emi.sees("No other owner has a login")
    emi.open(f"/my/people/{of(club, 'owners', 'code', 'Kenji')}/")
    emi.press("Invite to a login")
    emi.fill(email=address)
    emi.press("Send the link")
    emi.sees("Invited", address)

    kenji.open(link_in(club.mail_to(address), "/own-login/"))
    kenji.fill(password=OWN)
    kenji.press("Open my login")
    kenji.page.wait_for_url("**/my/")
    kenji.open("/my/account/")
    kenji.press("Step down")
    kenji.page.get_by_label("Sora Nakata").uncheck()
    kenji.press("Step down", exact=True)
    kenji.sees("You no longer run this account.", "Mei Nakata")
    assert "Sora" not in kenji.words
    assert "You stepped down as an owner" in club.mail_to(address, "You no longer run")

    emi.open("/my/account/step-down/")
    emi.sees("You are the only owner, and an account needs one.")
    assert club.sql(
        "SELECT m.given_name FROM accounts_accountowner o JOIN accounts_member m ON m.id = o.member_id"
        " JOIN accounts_member e ON e.account_id = o.account_id WHERE e.email = %s",
        club.setting.logins["owners"],
    ) == [("Emi",)]


def test_a_teenager_gets_a_login_sees_only_their_own_and_loses_it_again(club: Club, enter: Enter) -> None:
    owner, teenager = enter("minor"), enter(width=390)
    address = club.setting.address("tiago.santos")
    page = f"/my/people/{of(club, 'minor', 'code', 'Tiago')}/"
    owner.open(page)
    owner.press("Invite to a login")
    owner.fill(email="tiago@gmial.com")
    owner.page.get_by_label("May book and cancel alone").check()
    owner.fill(email=club.setting.logins["minor"])
    owner.press("Send the link")
    owner.sees("This is the address of your own login.")
    owner.fill(email=address)
    owner.press("Send the link")
    owner.sees("Invited", address)

    teenager.open(link_in(club.mail_to(address), "/own-login/"))
    teenager.sees("book and cancel classes alone", "sign papers, or see what others of your family do")
    teenager.fill(password=OWN)
    teenager.press("Open my login")
    teenager.page.wait_for_url("**/my/")
    teenager.open("/my/people/")
    teenager.sees("Tiago Santos")
    assert [name for name in ("Beatriz", "Rita") if name in teenager.words] == []
    teenager.open(page)
    teenager.sees("You may book and cancel alone", "You may not change your own details")
    owner.open(page)
    owner.sees("Has a login")

    owner.press("Take the login away")
    owner.sees("Take Tiago’s login away?")
    owner.press("Take the login away", exact=True)
    owner.sees("Tiago has no login any more")
    teenager.page.reload()
    teenager.page.wait_for_url("**/login/login/**")
    assert "took your login away" in club.mail_to(address, "taken away")


def test_a_passkey_is_added_and_logs_in_alone(club: Club, enter: Enter) -> None:
    person = enter("passkey")
    with_virtual_authenticator(person)
    person.open("/my/")
    person.page.locator("summary:has-text('Your menu')").click()
    person.press("Log-in and security")
    person.page.get_by_role("listitem").filter(has_text="Passkeys").get_by_role(
        "link", name="Add one"
    ).click()
    prove(person)
    person.sees("Add a passkey or security key")
    person.fill(name="The laptop")
    person.press("Add it")
    person.sees("10 codes left.")
    person.open("/security/")
    person.sees("The laptop")

    log_out(person)
    person.open("/login/login/")
    person.press("Log in with a passkey")
    person.page.wait_for_url("**/my/")
    person.open("/login/2fa/webauthn/")
    person.sees("Passkey: logs you in without a password", "last used")


def test_an_authenticator_app_is_set_up_and_a_recovery_code_lets_in_once(club: Club, enter: Enter) -> None:
    person = enter("codes")
    person.open("/login/2fa/totp/activate/")
    prove(person)
    secret = person.page.locator("#authenticator_secret").input_value()
    person.fill(code=totp(secret))
    person.press("Turn it on")
    person.sees("10 codes left.")
    codes = person.page.locator("#recovery_codes").input_value().split()
    with person.page.expect_download() as kept:
        person.press("Download them")
    assert codes[0] in kept.value.path().read_text()

    for code, lets_in in ((codes[0], True), (codes[0], False), (codes[1], True)):
        log_out(person)
        person.open("/login/login/")
        person.fill(login=club.setting.logins["codes"], password=PASSWORD)
        person.press("Log in", exact=True)
        person.sees("Second step")
        person.fill(code=code)
        person.press("Log in", exact=True)
        if lets_in:
            person.page.wait_for_url("**/my/")
        else:
            person.page.locator("[aria-invalid=true]").first.wait_for()
    person.open("/security/")
    person.sees("8 codes left.")


def test_the_log_in_e_mail_changes_when_both_addresses_say_yes(club: Club, enter: Enter) -> None:
    person, mailbox = enter("mailbox"), enter()
    old, new = club.setting.logins["mailbox"], club.setting.address("carla.new")
    person.open("/security/e-mail/")
    person.fill(email=new)
    person.press("Write to both addresses")
    prove(person)
    person.sees("We wrote to both addresses.", "Waits")

    mailbox.open(link_in(club.mail_to(new, "from now on"), "/security/e-mail/"))
    mailbox.press("Yes, change it")
    mailbox.sees("This address has said yes")
    person.page.reload()
    person.sees("Said yes", "Waits")
    person.open(link_in(club.mail_to(old, "instead of"), "/security/e-mail/"))
    person.sees(old, new)
    person.press("Yes, change it")
    person.sees("Your login has its new address")

    person.open("/security/")
    person.sees(new)
    assert f"from {old} to {new}" in club.mail_to(old, "has a new e-mail address")
    for address, lets_in in ((old, False), (new, True)):
        mailbox.open("/login/login/")
        mailbox.fill(login=address, password=PASSWORD)
        mailbox.press("Log in", exact=True)
        if lets_in:
            mailbox.page.wait_for_url("**/my/")
        else:
            mailbox.page.locator(".error, .errorlist, .note.stop").first.wait_for()


def with_virtual_authenticator(person: Person) -> None:
    """A passkey store in the browser that says yes at once (WebAuthn of the DevTools protocol)."""
    devtools = person.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def totp(secret: str) -> str:
    """The code that an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
