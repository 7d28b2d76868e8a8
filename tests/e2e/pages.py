"""Every page of the product: who opens it, and where. A new page is a new line here."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.browser import Person
from tests.e2e.conftest import Club, Enter
from tests.e2e.setting import birth_date
from tests.e2e.steps import begin_booking, sign, type_card, wait_until_booked

STRANGER, FAMILY, DESK, BOSS, COACH, CHIEF = "", "pages", "desk", "supervisor", "instructor", "administrator"


@dataclass(frozen=True)
class Place:
    """One page. ``path`` is filled in from a scene; ``name`` is the URL's, for pages of the access table."""

    name: str
    who: str
    path: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.name}{' ' if self.about else ''}{self.about}"


PLACES = [
    # anyone
    Place("public:home", STRANGER, "/"),
    Place("public:schedule", STRANGER, "/o/{slug}/"),
    Place("public:schedule", STRANGER, "/o/{slug}/?embed=1", "in a frame"),
    Place("public:schedule", STRANGER, "/o/{slug}/?category=Dancing&free=1", "without a match"),
    Place("public:sign_up", STRANGER, "/o/{slug}/sign-up/", "at the club"),
    Place("public:sign_up", STRANGER, "/sign-up/"),
    Place("public:signed_up", STRANGER, "/o/{slug}/sign-up/sent/"),
    Place("public:erased", STRANGER, "/erased/"),
    Place("public:claim", STRANGER, "{claim}"),
    Place("public:claim", STRANGER, "/claim/nonsense/", "of a dead link"),
    Place("public:join", STRANGER, "{join}"),
    Place("public:join", FAMILY, "{join}", "for another login"),
    Place("public:join", STRANGER, "/join/nonsense/", "of a dead link"),
    Place("public:styleguide", STRANGER, "/styleguide/"),
    Place("404", STRANGER, "/nowhere/"),
    Place("403", COACH, "/staff/{slug}/accounts/"),
    Place("dev:mail-list", STRANGER, "/dev/mail/"),
    Place("dev:mail", STRANGER, "{mail}"),
    Place("account_login", STRANGER, "/login/login/"),
    Place("account_reset_password", STRANGER, "/login/password/reset/"),
    Place("account_request_login_code", STRANGER, "/login/code/"),
    Place("public:login_email", FAMILY, "/security/e-mail/"),
    Place("account_change_password", FAMILY, "/login/password/change/"),
    Place("account_logout", FAMILY, "/login/logout/"),
    Place("public:security", FAMILY, "/security/"),
    Place("public:security", COACH, "/security/", "of staff without a family"),
    Place("mfa_add_webauthn", FAMILY, "/login/2fa/webauthn/add/"),
    Place("mfa_list_webauthn", FAMILY, "/login/2fa/webauthn/"),
    Place("mfa_reauthenticate", FAMILY, "/login/reauthenticate/"),
    Place("mfa_activate_totp", FAMILY, "/login/2fa/totp/activate/"),
    Place("public:sessions", FAMILY, "/security/sessions/"),
    Place("public:login_email_confirm", STRANGER, "/security/e-mail/nonsense/", "of a dead link"),
    # the family
    Place("portal:home", FAMILY, "/my/"),
    Place("portal:people", FAMILY, "/my/people/"),
    Place("portal:person_add", FAMILY, "/my/people/add/"),
    Place("portal:person", FAMILY, "/my/people/{child}/"),
    Place("portal:person_edit", FAMILY, "/my/people/{child}/edit/"),
    Place("portal:person_photo", FAMILY, "/my/people/{child}/photo/"),
    Place("portal:login_invite", FAMILY, "/my/people/{invited}/login/"),
    Place("portal:login_invite", FAMILY, "/my/people/{adult}/login/", "of an adult"),
    Place("portal:person", FAMILY, "/my/people/{invited}/", "who is invited to a login"),
    Place("portal:login_take_away", FAMILY, "/my/people/{child}/login/take-away/"),
    Place("public:login_open", STRANGER, "{own_login}"),
    Place("public:login_open", STRANGER, "/own-login/nonsense/", "of a dead link"),
    Place("portal:pick_up_add", FAMILY, "/my/people/{child}/pick-up/"),
    Place("portal:pick_up", FAMILY, "/my/pick-up/{pick_up}/"),
    Place("portal:pick_up_end", FAMILY, "/my/pick-up/{pick_up}/end/"),
    Place("portal:account", FAMILY, "/my/account/"),
    Place("portal:rights", FAMILY, "/my/who-can-do-what/"),
    Place("portal:rights", FAMILY, "/my/who-can-do-what/?show=ended", "that ended"),
    Place("portal:link", FAMILY, "/my/links/{link}/"),
    Place("portal:link_end", FAMILY, "/my/links/{link}/end/"),
    Place("portal:link_request", "helper", "/my/links/requests/{link_request}/"),
    Place("portal:link_request", FAMILY, "/my/links/requests/{link_request}/", "of one's own"),
    Place("portal:link_new", FAMILY, "/my/links/new/"),
    Place("portal:link_ask", FAMILY, "/my/links/new/ask/", "for rights"),
    Place("portal:link_ask", FAMILY, "/my/links/new/offer/", "to help"),
    Place("portal:step_down", FAMILY, "/my/account/step-down/"),
    Place("portal:step_down", "shared", "/my/account/step-down/", "with another owner"),
    Place("portal:owner_make", FAMILY, "/my/people/{child}/make-owner/"),
    Place("portal:owner_make", FAMILY, "/my/people/{adult}/make-owner/", "of an adult"),
    Place("portal:privacy", FAMILY, "/my/privacy/"),
    Place("portal:activity", FAMILY, "/my/activity/"),
    Place("portal:erase", FAMILY, "/my/privacy/erase/"),
    Place("portal:erase_show", FAMILY, "/my/privacy/erase/{child}/"),
    Place("portal:erase_show", FAMILY, "/my/privacy/erase/account/", "of the account"),
    Place("portal:erasure", FAMILY, "/my/privacy/erasure/{erasure}/"),
    Place("portal:take_over", "shared", "/my/coming-of-age/"),
    Place("portal:person_move", FAMILY, "/my/people/{child}/move/"),
    Place("staff:client_move", BOSS, "/staff/{slug}/clients/{client}/move/"),
    Place("portal:bills", FAMILY, "/my/bills/"),
    Place("portal:bill", FAMILY, "/my/bills/{bill}/"),
    Place("portal:cards", FAMILY, "/my/cards/"),
    Place("portal:card_remove", FAMILY, "/my/cards/{card}/remove/"),
    Place("portal:schedule", FAMILY, "/my/schedule/"),
    Place("portal:sign", FAMILY, "/my/waivers/{slug}/"),
    Place("public:schedule", FAMILY, "/o/{slug}/", "of a family"),
    Place("public:book", FAMILY, "/o/{slug}/book/course/{course}/"),
    Place("public:book", FAMILY, "/o/{slug}/book/session/{full}/", "of a full class"),
    Place("public:checkout", FAMILY, "/o/{slug}/checkout/{held}/"),
    Place("public:checkout_done", FAMILY, "/o/{slug}/checkout/{done}/done/"),
    Place("public:checkout_return", "waiting", "/o/{slug}/checkout/{waiting}/return/"),
    Place("public:checkout_confirm", "waiting", "/o/{slug}/checkout/{waiting}/confirm/"),
    # staff
    Place("staff:today", DESK, "/staff/{slug}/?day={today}"),
    Place("staff:today", DESK, "/staff/{slug}/?day={today}&by=time", "by time"),
    Place("staff:today", DESK, "/staff/{slug}/?day={today}&by=coach", "by coach"),
    Place("staff:session", DESK, "/staff/{slug}/sessions/{session}/"),
    Place("staff:clients", DESK, "/staff/{slug}/clients/"),
    Place("staff:clients", DESK, "/staff/{slug}/clients/?q=nobody+of+this+name", "without a match"),
    Place("staff:client", BOSS, "/staff/{slug}/clients/{client}/"),
    Place("staff:client_edit", DESK, "/staff/{slug}/clients/{client}/edit/"),
    Place("staff:client_photo_change", DESK, "/staff/{slug}/clients/{client}/photo/"),
    Place("staff:client_links", BOSS, "/staff/{slug}/clients/{client}/relationships/?q=a"),
    Place("staff:client_sign_up", DESK, "/staff/{slug}/clients/{client}/relationships/new/"),
    Place("staff:client_why", DESK, "/staff/{slug}/clients/{client}/why/"),
    Place("staff:client_why", DESK, "/staff/{slug}/clients/{client}/why/?about={client}", "answered"),
    Place("staff:client_register", DESK, "/staff/{slug}/clients/{client}/register/"),
    Place("staff:register", DESK, "/staff/{slug}/register/course/{course}/?q=gruber"),
    Place("staff:register", BOSS, "/staff/{slug}/register/course/{course}/?client={client}", "for somebody"),
    Place("staff:sale", DESK, "/staff/{slug}/sales/{held}/"),
    Place("staff:sale", DESK, "/staff/{slug}/sales/{done}/", "that is done"),
    Place("portal:home", FAMILY, "/my/?who={child}", "narrowed to one person"),
    Place("staff:client_safety", BOSS, "/staff/{slug}/clients/{client}/safety/"),
    Place("staff:never_release_new", BOSS, "/staff/{slug}/clients/{client}/safety/never-release/?q=a"),
    Place("staff:never_release", BOSS, "/staff/{slug}/safety/never-release/{never}/"),
    Place("staff:no_contacts", BOSS, "/staff/{slug}/safety/no-contact/"),
    Place("staff:no_contact_new", BOSS, "/staff/{slug}/clients/{client}/safety/no-contact/?q=a"),
    Place("staff:no_contact", BOSS, "/staff/{slug}/safety/no-contact/{apart}/"),
    Place("staff:client_memos", BOSS, "/staff/{slug}/clients/{client}/memos/"),
    Place("staff:activity", BOSS, "/staff/{slug}/activity/"),
    Place("staff:activity", BOSS, "/staff/{slug}/activity/?whom=nobody+of+this+name", "without a match"),
    Place("staff:accounts", DESK, "/staff/{slug}/accounts/"),
    Place("staff:account_new", DESK, "/staff/{slug}/accounts/new/"),
    Place("staff:account", DESK, "/staff/{slug}/accounts/{household}/"),
    Place("staff:account", DESK, "/staff/{slug}/accounts/{kept}/", "kept by the desk"),
    Place("staff:account_billing", DESK, "/staff/{slug}/accounts/{household}/billing/"),
    Place(
        "staff:account_billing", DESK, "/staff/{slug}/accounts/{household}/billing/?open={number}", "opened"
    ),
    Place("staff:account_billing", DESK, "/staff/{slug}/accounts/{household}/billing/?show=payments", "paid"),
    Place("staff:account_purchases", DESK, "/staff/{slug}/accounts/{household}/purchases/"),
    Place(
        "staff:account_purchases",
        DESK,
        "/staff/{slug}/accounts/{household}/purchases/?member={client}",
        "of one",
    ),
    Place("staff:account_documents", DESK, "/staff/{slug}/accounts/{household}/documents/"),
    Place("staff:account_billing_contact", DESK, "/staff/{slug}/accounts/{household}/billing-contact/"),
    Place("staff:account_add_person", DESK, "/staff/{slug}/accounts/{kept}/people/add/"),
    # settings, staff and roles
    Place("staff:settings", CHIEF, "/staff/{slug}/settings/"),
    Place("staff:settings_organization", CHIEF, "/staff/{slug}/settings/organization/"),
    Place("staff:kept_documents", CHIEF, "/staff/{slug}/settings/documents/"),
    Place("staff:staff_list", CHIEF, "/staff/{slug}/settings/staff/"),
    Place("staff:staff_list", CHIEF, "/staff/{slug}/settings/staff/?show=invited", "of the invited"),
    Place("staff:staff_new", CHIEF, "/staff/{slug}/settings/staff/new/"),
    Place("staff:staff_member", CHIEF, "/staff/{slug}/settings/staff/{colleague}/"),
    Place("staff:staff_deactivate", CHIEF, "/staff/{slug}/settings/staff/{colleague}/deactivate/"),
    Place("staff:roles", COACH, "/staff/{slug}/settings/roles/"),
    Place("staff:role", CHIEF, "/staff/{slug}/settings/roles/front-desk/"),
    Place("staff:role_new", CHIEF, "/staff/{slug}/settings/roles/new/"),
    Place("staff:role_edit", CHIEF, "/staff/{slug}/settings/roles/front-desk/edit/"),
]

# Pages of the access table that are no page of their own.
ELSEWHERE = {
    "public:claim_people": "after a second thing, walked in test_claims",
    "public:claim_done": "after who is who, walked in test_claims",
    "portal:move": "walked in test_claims",
    "staff:move": "a move that waits for a second person: tests/relationships/test_move_pages.py",
    "staff:activity_file": "a file, fetched in tests/clients/test_deeds.py",
    "portal:privacy_copy": "asks for the password again, walked in test_export",
    "portal:privacy_copy_file": "a file, fetched in test_export",
    "portal:erase_confirm": "after a proof of who asks, walked in test_erasure",
    "portal:person_picture": "a picture, seen in test_people",
    "portal:pick_up_photo": "a picture: tests/relationships/test_pick_up.py",
    "staff:pick_up_photo": "a picture: tests/relationships/test_marks.py",
    "staff:never_release_photo": "a picture: tests/relationships/test_marks.py",
    "staff:no_contact_document": "a file: tests/relationships/test_marks.py",
    "staff:client_photo": "a picture, seen in test_people",
    "staff:start": "leads on to the first page that one may open: tests/relationships/test_several_organizations.py",
    "staff:account_email_check": "a part of staff:account_new, walked in test_desk",
    "public:logo": "a picture: tests/accounts/test_settings.py",
}


def make_scene(club: Club, enter: Enter) -> dict[str, str]:
    """Give every page something to show, by the pages themselves; what fills in the paths."""
    family = enter(FAMILY)
    begin_booking(family, club, "session", "shown", "Jonas", "Lena")
    sign(family, "Heidi Gruber")
    type_card(family)
    family.press("Pay $27.12")
    wait_until_booked(family)
    done = family.path.split("/")[-3]
    begin_booking(family, club, "course", "course", "Jonas", "Lena")
    held = family.path.split("/")[-2]
    scene = {
        "slug": club.setting.slug,
        "today": club.setting.today,
        "session": club.setting.offers["shown"],
        "course": club.setting.offers["course"],
        "full": club.setting.offers["full"],
        "done": done,
        "held": held,
        "waiting": _waiting(club, enter("waiting")),
        "erasure": _erasure(club),
        **_numbers(club),
    }
    _shared(club, enter("shared"))
    _take_over(club)
    scene |= _invited(club, family, scene["invited"])
    scene |= _linked(club, family, enter("helper"))
    scene |= _kept_safe(club, family, enter(BOSS), scene)
    return scene | _desk(club, enter(DESK)) | _memo(club, enter(BOSS), scene) | _staff(club, enter(CHIEF))


def _take_over(club: Club) -> None:
    """Somebody has chosen how to go on as an adult, and not yet whom of their family to let help."""
    club.sql(
        "INSERT INTO relationships_takeover (member_id, choice, from_account_id, chosen_at)"
        " SELECT mine.id, 'own', family.account_id, now() FROM accounts_member mine, accounts_member family"
        " WHERE mine.email = %s AND family.email = %s ON CONFLICT DO NOTHING",
        club.setting.logins["shared"],
        club.setting.logins[FAMILY],
    )


def _numbers(club: Club) -> dict[str, str]:
    email = club.setting.logins[FAMILY]
    ask: Callable[[str], str] = lambda what: str(club.sql(what, email)[0][0])  # noqa: E731
    mine = "(SELECT account_id FROM accounts_member WHERE email = %s)"
    return {
        "child": ask(f"SELECT code FROM accounts_member WHERE given_name = 'Jonas' AND account_id = {mine}"),
        "invited": ask(f"SELECT code FROM accounts_member WHERE given_name = 'Lena' AND account_id = {mine}"),
        "adult": ask(f"SELECT code FROM accounts_member WHERE given_name = 'Greta' AND account_id = {mine}"),
        "client": ask(
            "SELECT c.number FROM clients_client c JOIN accounts_member m ON m.id = c.member_id"
            f" WHERE m.given_name = 'Jonas' AND m.account_id = {mine}"
        ),
        "household": ask(f"SELECT number FROM clients_household WHERE account_id = {mine}"),
        "bill": ask(
            "SELECT i.code FROM billing_invoice i JOIN clients_household h ON h.id = i.household_id"
            f" WHERE h.account_id = {mine}"
        ),
        "number": ask(
            "SELECT i.number FROM billing_invoice i JOIN clients_household h ON h.id = i.household_id"
            f" WHERE h.account_id = {mine}"
        ),
        "card": ask(f"SELECT stripe_id FROM billing_paymentmethod WHERE account_id = {mine}"),
    }


def _erasure(club: Club) -> str:
    """An erasure of Lena, which waits as if for another guardian."""
    [(code,)] = club.sql(
        """
        INSERT INTO accounts_privacyrequest (code, kind, state, account_id, member_id, requested_by_id,
            created_at, steps_done, steps_total, file, last_error, user_ids)
        SELECT substr(md5(random()::text), 1, 10), 'erase', 'waiting', o.account_id, m.id, o.id, now(), 0, 0,
            '', '', '{}'
        FROM accounts_member o JOIN accounts_member m ON m.account_id = o.account_id
        WHERE o.email = %s AND m.given_name = 'Lena' RETURNING code
        """,
        club.setting.logins[FAMILY],
    )
    return str(code)


def _waiting(club: Club, person: Person) -> str:
    """A checkout that waits for the bank."""
    begin_booking(person, club, "session", "clay", "Eli")
    sign(person, "Noa Kaplan")
    type_card(person, "4000 0027 6000 3184")
    person.press("Pay $22.60")
    person.press("Complete authentication")
    person.page.wait_for_url("**/confirm/")
    return person.path.split("/")[-3]


def _invited(club: Club, family: Person, code: str) -> dict[str, str]:
    """A child who is invited to a login, with the link."""
    address = club.setting.address("lena.gruber")
    family.open(f"/my/people/{code}/login/")
    family.fill(email=address)
    family.press("Send the link")
    family.page.wait_for_url(f"**/people/{code}/")
    link = re.search(r"http://[^/]+(/own-login/\S+)", club.mail_to(address))
    assert link is not None
    return {"own_login": link[1]}


def _linked(club: Club, family: Person, helper: Person) -> dict[str, str]:
    """Somebody who may act for one child, and is asked to act for another."""
    codes = []
    for child in ("Jonas Gruber", "Lena Gruber"):
        family.open("/my/links/new/offer/")
        family.fill(who=club.setting.logins["helper"])
        family.page.get_by_label(child).check()
        family.press("Send the offer")
        family.page.wait_for_url("**/who-can-do-what/")
        codes.append(str(club.sql("SELECT code FROM relationships_linkrequest ORDER BY id DESC")[0][0]))
    helper.open(f"/my/links/requests/{codes[0]}/")
    helper.press("Accept what is ticked")
    helper.page.wait_for_url(lambda url: "/requests/" not in url)
    return {"link": helper.path.split("/")[-2], "link_request": codes[1]}


def _kept_safe(club: Club, family: Person, boss: Person, scene: dict[str, str]) -> dict[str, str]:
    """Somebody who may pick Jonas up, somebody who never, and somebody who is kept away from him."""
    family.open(f"/my/people/{scene['child']}/pick-up/")
    family.fill(name="Ottoline Brook", relation="Grandmother", phone="416 555 0188")
    family.press("Add to the list")
    family.page.wait_for_url(f"**/people/{scene['child']}/*")
    of_client = f"/staff/{club.setting.slug}/clients/{scene['client']}/safety"
    boss.open(f"{of_client}/never-release/")
    boss.fill(name="Hollis Crane", reason="Police file 77–1/26", call="The manager")
    boss.press("Record it")
    boss.page.wait_for_url("**/safety/")
    boss.open(f"{of_client}/no-contact/?q=Varga")
    boss.page.get_by_role("radio").first.check()
    boss.press("Choose")
    boss.fill(reason="Family court 12-345")
    boss.press("Record it")
    boss.page.wait_for_url("**/safety/no-contact/*/")
    newest = "SELECT code FROM relationships_{} ORDER BY id DESC"
    return {
        "pick_up": str(club.sql(newest.format("pickupperson"))[0][0]),
        "never": str(club.sql(newest.format("neverrelease"))[0][0]),
        "apart": str(club.sql(newest.format("nocontact"))[0][0]),
    }


def _shared(club: Club, person: Person) -> None:
    """An account that two people run."""
    code = club.sql("SELECT code FROM accounts_member WHERE given_name = 'Luc' AND family_name = 'Moreau'")
    person.open(f"/my/people/{code[-1][0]}/make-owner/")
    person.press("Make Luc an owner")
    person.page.wait_for_url("**/my/account/")


def _desk(club: Club, desk: Person) -> dict[str, str]:
    """A family that the desk keeps, with a link to claim it."""
    address = club.setting.address("zelda.quist")
    desk.open(f"/staff/{club.setting.slug}/accounts/new/")
    desk.fill(given_name="Zelda", family_name="Quist", email=address, born_on=birth_date(44))
    desk.press("Save and add their family")
    desk.page.wait_for_url("**/people/add/")
    kept = desk.path.split("/")[-4]
    link = re.search(r"http://[^/]+(/claim/\S+)", club.mail_to(address))
    assert link is not None
    desk.open("/dev/mail/")
    mail = desk.page.locator('a[href^="/dev/mail/2"]').first.get_attribute("href") or ""
    return {"kept": kept, "claim": link[1], "mail": mail}


def _staff(club: Club, chief: Person) -> dict[str, str]:
    """Somebody invited to the staff, with a link to follow."""
    address = club.setting.address("winston.yao")
    chief.open(f"/staff/{club.setting.slug}/settings/staff/new/")
    chief.fill(name="Winston Yao", email=address)
    chief.page.get_by_label("Front desk").check()
    chief.press("Add and invite")
    chief.sees("Winston Yao")
    link = re.search(r"http://[^/]+(/join/\S+)", club.mail_to(address))
    assert link is not None
    return {"colleague": chief.path.split("/")[-2], "join": link[1]}


def _memo(club: Club, boss: Person, scene: dict[str, str]) -> dict[str, str]:
    boss.open(f"/staff/{club.setting.slug}/clients/{scene['client']}/memos/")
    boss.page.get_by_role("textbox", name="Memo").fill("Ear plugs in: touch his shoulder first")
    boss.page.get_by_label("Star").check()
    boss.press("Save the memo")
    boss.page.wait_for_url(f"**/clients/{scene['client']}/")
    return {}
