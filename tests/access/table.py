"""Every address, and who may open it. A new page is a new line here.

``Page("staff:client", CLIENTS, lambda s: {...})``: who may (everybody else gets what RULES 2.12 says), and
what the address is about, from a ``tests.access.scene.Scene``. Pages of staff and of organisations get
their ``org`` by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.files import version_of
from tests.access.scene import Scene

NOBODY = "anonymous"
STAFF = frozenset({"administrator", "front_desk", "instructor", "account_contributor", "account_reader"})
FAMILIES = frozenset({"owner", "co_owner", "teenager", "other_guardian", "stranger"})
EVERYBODY = frozenset({NOBODY, "rival_administrator"}) | STAFF | FAMILIES

# By what their roles hold (accounts.permissions.BUILT_IN)
CLIENT_READERS = STAFF
ACCOUNT_READERS = STAFF - {"instructor"}
CONTRIBUTORS = frozenset({"administrator", "front_desk", "account_contributor"})  # to accounts and clients
CLASS_STAFF = frozenset({"administrator", "front_desk", "instructor"})  # schedule, check-in, memos
LOGGED_IN = EVERYBODY - {NOBODY}
DESK = frozenset({"administrator", "front_desk"})
ADMINISTRATOR = frozenset({"administrator"})
OWNERS = frozenset({"owner", "co_owner"})


def nothing(scene: Scene) -> dict[str, Any]:
    """An address without more than its organisation."""
    return {}


def client(scene: Scene) -> dict[str, Any]:
    """A client's number."""
    return {"number": scene.client.number}


def household(scene: Scene) -> dict[str, Any]:
    """A household's number."""
    return {"number": scene.household.number}


def session(scene: Scene) -> dict[str, Any]:
    """A session's code."""
    return {"code": scene.session.code}


def seat(scene: Scene) -> dict[str, Any]:
    """A client in a session."""
    return {"code": scene.session.code, "number": scene.client.number}


def move(scene: Scene) -> dict[str, Any]:
    """A request to move somebody, by the family."""
    return {"code": scene.move.code}


def desk_move(scene: Scene) -> dict[str, Any]:
    """A move that staff entered."""
    return {"code": scene.desk_move.code}


def person(scene: Scene) -> dict[str, Any]:
    """A member's code."""
    return {"code": scene.child.code}


def bill(scene: Scene) -> dict[str, Any]:
    """A bill's code."""
    return {"code": scene.invoice.code}


def cart(scene: Scene) -> dict[str, Any]:
    """A cart's code."""
    return {"code": scene.cart.code}


def copy(scene: Scene) -> dict[str, Any]:
    """The code of a copy of what is held."""
    return {"code": scene.copy.code}


def token(scene: Scene) -> dict[str, Any]:
    """An invitation's token."""
    return {"token": scene.token}


def sharing(scene: Scene) -> dict[str, Any]:
    """The organisation that is told of somebody."""
    return {"organization": scene.organization.slug}


def change_token(scene: Scene) -> dict[str, Any]:
    """The token of a change of the log-in e-mail."""
    return {"token": scene.change_token}


def login_token(scene: Scene) -> dict[str, Any]:
    """The token of an invitation to a login."""
    return {"token": scene.login_token}


def memo(scene: Scene) -> dict[str, Any]:
    """The memo to star."""
    return {"memo": scene.memo.pk}


def erasure(scene: Scene) -> dict[str, Any]:
    """The code of an erasure that waits for another guardian."""
    return {"code": scene.erasure}


def course(scene: Scene) -> dict[str, Any]:
    """A whole course, as it is booked."""
    return {"kind": "course", "code": scene.schedule.code}


def colleague(scene: Scene) -> dict[str, Any]:
    """Somebody invited to the staff."""
    return {"code": scene.invited.code}


def address(scene: Scene) -> dict[str, Any]:
    """An address to invite somebody at."""
    return {"email": "newcomer@mail.test"}


def front_desk_role(scene: Scene) -> dict[str, Any]:
    """A built-in role."""
    return {"key": "front-desk"}


def staff_token(scene: Scene) -> dict[str, Any]:
    """The token of an invitation to work somewhere."""
    return {"token": scene.staff_token}


def logo(scene: Scene) -> dict[str, Any]:
    """The organisation's logo."""
    return {"version": version_of(scene.organization.logo)}


def asking(scene: Scene) -> dict[str, Any]:
    """Asking for rights over somebody."""
    return {"way": "ask"}


def link(scene: Scene) -> dict[str, Any]:
    """Another guardian's link to the child."""
    return {"code": scene.link.code}


def desk_link(scene: Scene) -> dict[str, Any]:
    """A link that staff made."""
    return {"number": scene.client.number, "code": scene.desk_link.code}


def pick_up(scene: Scene) -> dict[str, Any]:
    """Somebody whom the payer named for picking the child up."""
    return {"code": scene.pick_up.code}


def never(scene: Scene) -> dict[str, Any]:
    """To whom the child is never released."""
    return {"code": scene.never.code}


def apart(scene: Scene) -> dict[str, Any]:
    """Somebody who is kept away from the child."""
    return {"code": scene.apart.code}


def link_request(scene: Scene) -> dict[str, Any]:
    """A request to the payer."""
    return {"code": scene.link_request.code}


@dataclass(frozen=True)
class Page:
    """One address. ``posts`` is for pages that answer POST only; ``with_org`` where the path names it.

    ``leads_on`` says that whoever may is led to another page (a redirect is a fine answer), ``asks_stripe``
    that opening it calls Stripe, so that only refusals are tried here. ``sends`` is what a POST says.
    """

    name: str
    who: frozenset[str]
    about: Callable[[Scene], dict[str, Any]] = nothing
    posts: bool = False
    with_org: bool | None = None
    leads_on: bool = False
    asks_stripe: bool = False
    sends: Callable[[Scene], dict[str, Any]] = nothing

    @property
    def names_org(self) -> bool:
        """Whether the address has the organisation in it."""
        return self.name.startswith("staff:") if self.with_org is None else self.with_org

    def kwargs(self, scene: Scene) -> dict[str, Any]:
        """What ``reverse`` needs."""
        return (scene.org if self.names_org else {}) | self.about(scene)

    def __str__(self) -> str:
        return self.name + (" at an organisation" if self.names_org and "staff" not in self.name else "")


PAGES = [
    Page("staff:start", STAFF, leads_on=True),
    # clients and accounts, for staff
    Page("staff:clients", CLIENT_READERS),
    Page("staff:client", CLIENT_READERS, client),
    Page("staff:client_edit", CONTRIBUTORS, client),
    Page("staff:client_take_theirs", CONTRIBUTORS, client, posts=True),
    Page("staff:client_seen", CONTRIBUTORS, client, posts=True),
    Page("staff:client_photo", STAFF, client),
    Page("staff:client_photo_change", CONTRIBUTORS, client),
    Page("staff:client_links", CLIENT_READERS, client),
    Page("staff:client_sign_up", DESK, client),
    Page("staff:client_why", CLIENT_READERS, client),
    Page("staff:client_register", DESK, client),
    Page("staff:register", DESK, course),
    Page("staff:sale", DESK, cart),
    Page("staff:client_link_change", DESK, desk_link, posts=True),
    Page("staff:client_safety", CLASS_STAFF, client),
    Page("staff:pick_up_photo", CLASS_STAFF, pick_up),
    Page("staff:never_release_photo", CLASS_STAFF, never),
    Page("staff:never_release_new", ADMINISTRATOR, client),
    Page("staff:never_release", ADMINISTRATOR, never),
    Page("staff:no_contacts", ADMINISTRATOR),
    Page("staff:no_contact_new", ADMINISTRATOR, client),
    Page("staff:no_contact", ADMINISTRATOR, apart),
    Page("staff:no_contact_document", ADMINISTRATOR, apart),
    Page("staff:client_memos", CLASS_STAFF, client),
    Page("staff:memo_star", ADMINISTRATOR, client, posts=True, sends=memo),
    Page("staff:accounts", ACCOUNT_READERS),
    Page("staff:account_new", CONTRIBUTORS),
    Page("staff:account_email_check", CONTRIBUTORS),
    Page("staff:account", ACCOUNT_READERS, household),
    Page("staff:account_billing", ACCOUNT_READERS, household),
    Page("staff:account_purchases", ACCOUNT_READERS, household),
    Page("staff:account_documents", ACCOUNT_READERS, household),
    Page("staff:account_billing_contact", CONTRIBUTORS, household),
    Page("staff:account_show_again", CONTRIBUTORS, household, posts=True),
    Page("staff:account_add_person", CONTRIBUTORS, household, leads_on=True),
    Page("staff:account_invite", CONTRIBUTORS, household, posts=True),
    Page("staff:account_invitation_end", CONTRIBUTORS, household, posts=True),
    Page("staff:activity", ADMINISTRATOR),
    Page("staff:activity_file", ADMINISTRATOR),
    # the schedule, for staff
    Page("staff:today", CLASS_STAFF),
    Page("staff:session", CLASS_STAFF, session),
    Page("staff:check_in", CLASS_STAFF, seat, posts=True),
    Page("staff:undo_check_in", CLASS_STAFF, seat, posts=True),
    Page("staff:mark_away", CLASS_STAFF, seat, posts=True),
    # settings, staff and roles
    Page("staff:settings", ADMINISTRATOR),
    Page("staff:settings_organization", ADMINISTRATOR),
    Page("staff:kept_documents", ADMINISTRATOR),
    Page("staff:staff_list", ADMINISTRATOR),
    Page("staff:staff_new", ADMINISTRATOR),
    Page("staff:staff_member", ADMINISTRATOR, colleague),
    Page("staff:staff_invite", ADMINISTRATOR, colleague, posts=True, sends=address),
    Page("staff:staff_revoke", ADMINISTRATOR, colleague, posts=True),
    Page("staff:staff_deactivate", ADMINISTRATOR, colleague),
    Page("staff:staff_reactivate", ADMINISTRATOR, colleague, posts=True),
    Page("staff:roles", STAFF),
    Page("staff:role_new", ADMINISTRATOR),
    Page("staff:role", STAFF, front_desk_role),
    Page("staff:role_edit", ADMINISTRATOR, front_desk_role),
    Page("staff:role_restore", ADMINISTRATOR, front_desk_role, posts=True),
    Page("staff:role_delete", ADMINISTRATOR, front_desk_role, posts=True),
    # the family
    Page("portal:home", FAMILIES),
    Page("portal:people", FAMILIES),
    Page("portal:person_add", OWNERS | {"other_guardian", "stranger"}),
    Page("portal:person", OWNERS | {"other_guardian"}, person),
    Page("portal:person_edit", OWNERS, person),
    Page("portal:person_photo", OWNERS, person),
    Page("portal:person_sharing", OWNERS, person, posts=True, sends=sharing),
    Page("portal:person_picture", OWNERS | {"other_guardian"}, person),
    Page("portal:login_invite", OWNERS, person),
    Page("portal:login_again", OWNERS, person, posts=True),
    Page("portal:login_take_back", OWNERS, person, posts=True),
    Page("portal:login_take_away", OWNERS, person),
    Page("portal:login_rights", OWNERS, person, posts=True),
    Page("portal:pick_up_add", OWNERS, person),
    Page("portal:pick_up", OWNERS, pick_up),
    Page("portal:pick_up_end", OWNERS, pick_up),
    Page("portal:pick_up_photo", OWNERS, pick_up),
    Page("portal:account", OWNERS | {"other_guardian", "stranger"}),
    Page("portal:rights", FAMILIES),
    Page("portal:link_new", FAMILIES),
    Page("portal:link_code", FAMILIES, posts=True),
    Page("portal:link_ask", FAMILIES, asking),
    Page("portal:link_request", frozenset({"owner"}), link_request),
    Page("portal:link", OWNERS | {"other_guardian"}, link),
    Page("portal:link_end", OWNERS | {"other_guardian"}, link),
    Page("portal:step_down", OWNERS | {"other_guardian", "stranger"}),
    Page("portal:owner_make", OWNERS, person),
    Page("portal:privacy", FAMILIES),
    Page("portal:privacy_copy", frozenset({"owner"}), copy, leads_on=True),
    Page("portal:privacy_copy_file", frozenset({"owner"}), copy, leads_on=True),
    Page("portal:activity", FAMILIES),
    Page("portal:erase", FAMILIES),
    Page("portal:erase_show", OWNERS, person, leads_on=True),
    Page("portal:erase_confirm", OWNERS, person, leads_on=True),
    Page("portal:erasure", OWNERS, erasure),
    Page("portal:erasure_agree", OWNERS, erasure, posts=True),
    Page("portal:erasure_keep", frozenset(), erasure, posts=True),
    Page("portal:erasure_take_back", OWNERS, erasure, posts=True),
    Page("portal:person_move", OWNERS, person),
    Page("portal:move", OWNERS, move),
    Page("portal:take_over", frozenset()),  # who came of age: tests/relationships/test_take_over.py
    Page("staff:client_take_over", CONTRIBUTORS, client, posts=True),
    Page("staff:client_move", ADMINISTRATOR, client),
    Page("staff:move", ADMINISTRATOR, desk_move),
    Page("portal:bills", FAMILIES),
    Page("portal:bill", OWNERS, bill),
    Page("portal:cards", FAMILIES, asks_stripe=True),
    Page("portal:schedule", FAMILIES, leads_on=True),
    Page("portal:sign", FAMILIES, with_org=True),
    # anyone
    Page("public:home", EVERYBODY, leads_on=True),
    Page("public:sign_up", EVERYBODY, leads_on=True),
    Page("public:sign_up", EVERYBODY, with_org=True, leads_on=True),
    Page("public:signed_up", EVERYBODY, leads_on=True),
    Page("public:signed_up", EVERYBODY, with_org=True, leads_on=True),
    Page("public:erased", EVERYBODY),
    Page("public:claim", EVERYBODY, token),
    Page("public:claim_people", EVERYBODY - {NOBODY}, token, leads_on=True),
    Page("public:claim_done", EVERYBODY, token, leads_on=True),
    Page("public:claim_again", EVERYBODY, token, posts=True),
    Page("public:join", EVERYBODY, staff_token),
    Page("public:logo", EVERYBODY, logo, with_org=True),
    Page("public:security", LOGGED_IN),
    Page("public:sessions", LOGGED_IN),
    Page("public:session_end", LOGGED_IN, posts=True),
    Page("public:login_email", LOGGED_IN),
    Page("public:login_email_again", LOGGED_IN, posts=True),
    Page("public:login_email_keep", LOGGED_IN, posts=True),
    Page("public:login_email_stand_in", LOGGED_IN, posts=True),
    Page("public:login_email_confirm", EVERYBODY, change_token),
    Page("public:login_open", EVERYBODY, login_token),
    Page("public:schedule", EVERYBODY, with_org=True),
    # buying: the owners of the account whose cart it is
    Page("public:book", FAMILIES, course, with_org=True),
    Page("public:checkout", OWNERS, cart, with_org=True),
    Page("public:checkout_hold", OWNERS, cart, posts=True, with_org=True),
    Page("public:checkout_let_go", OWNERS, cart, posts=True, with_org=True),
    Page("public:checkout_confirm", OWNERS, cart, with_org=True, leads_on=True),
    Page("public:checkout_return", OWNERS, cart, with_org=True, leads_on=True),
    Page("public:checkout_give_up", OWNERS, cart, posts=True, with_org=True),
    Page("public:checkout_done", OWNERS, cart, with_org=True, leads_on=True),
]

# Not in the table, each with who watches over it.
ELSEWHERE = {
    "public:stripe_webhook": "signed by Stripe: tests/billing",
    "public:styleguide": "no data of anybody; not in production",
    "portal:card_remove": "tests/billing",
    "healthz": "tests/config/test_health.py",
    "public:language": "the reader's own, of anybody: tests/test_translations.py",
}
# Groups of pages of the packages we use.
GROUPS = ("account_", "mfa_", "usersessions_", "admin:")
