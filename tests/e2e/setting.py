"""What the journeys begin with: a club, its staff, its classes and some families with logins.

Runs beside the product, on its data (``python -m tests.e2e.setting``), and prints what it made as JSON. The
club lives in a zone where it is the middle of the day, so that a class of today is today at any hour.
"""

import json
import secrets
import sys
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NAME, STUDIO = "Kingfisher Club", "Heron Studio"
PASSWORD = "kingfishers dive at dawn"
ZONES = (
    "Pacific/Auckland", "Australia/Perth", "Asia/Bangkok", "Asia/Karachi", "Europe/Athens",
    "Atlantic/Azores", "America/Toronto", "America/Vancouver", "Pacific/Honolulu",
)  # fmt: skip
WAIVER = """
My children and I take part at our own pace and under a coach's eye.

## What the club promises

- A qualified coach is with every class.
- We call the number you gave us first.
"""

STAFF = {
    "administrator": ("Priya Nair", "administrator"),
    "supervisor": ("Tomas Keel", "supervisor"),
    "desk": ("Dana Whitfield", "front-desk"),
    "instructor": ("Ilse Brandt", "instructor"),
}

# One family a journey, so that none meets what another left: key: family name, owner, children with ages.
FAMILIES: dict[str, tuple[str, str, dict[str, int]]] = {
    "booking": ("Abara", "Ngozi", {"Ife": 8, "Tayo": 7, "Bisi": 3}),
    "roster": ("Castellan", "Marisol", {"Pilar": 8, "Rafael": 6}),
    "faults": ("Delacroix", "Odile", {"Remy": 8}),
    "tabs": ("Eriksen", "Solveig", {"Nils": 8}),
    "keyboard": ("Fontaine", "Lise", {"Basile": 8}),
    "people": ("Okonjo", "Adaeze", {"Bem": 9, "Chika": 7}),
    "pages": ("Gruber", "Heidi", {"Jonas": 9, "Lena": 7, "Greta": 66}),
    "full": ("Hartono", "Dewi", {"Bima": 8}),
    "bank": ("Hegde", "Anjali", {"Gita": 8}),
    "late": ("Ivanova", "Katya", {"Misha": 8}),
    "shared": ("Moreau", "Claire", {"Luc": 44, "Zoe": 8}),
    "passkey": ("Petrov", "Olga", {"Ivan": 8}),
    "codes": ("Quist", "Tove", {"Arvid": 8}),
    "mailbox": ("Rossi", "Carla", {"Pia": 8}),
    "minor": ("Santos", "Beatriz", {"Tiago": 15, "Rita": 8}),
    "owners": ("Nakata", "Emi", {"Kenji": 43, "Sora": 15, "Mei": 8}),
    "export": ("Obrecht", "Linnea", {"Wim": 8, "Saar": 6}),
    "erased": ("Quimby", "Tamsin", {"Perrin": 8, "Odo": 7}),
    "waiting": ("Kaplan", "Noa", {"Eli": 8}),
    "claims": ("Lindgren", "Ebba", {"Olle": 8}),
    "helper": ("Oduya", "Femi", {"Ada": 8}),
    "grown": ("Bergman", "Ines", {"Juno": 18, "Vera": 18}),
    "moving": ("Nygaard", "Freja", {"Signe": 8}),
    "linking": ("Sorel", "Ines", {"Nell": 8}),
    "linked": ("Tamura", "Kaori", {"Yuki": 9, "Sho": 6}),
    "safe": ("Thorne", "Wren", {"Ash": 8, "Briar": 6}),
    "away": ("Ulrich", "Jost", {"Finn": 8}),
    "manages": ("Varga", "Ilona", {"Peti": 8}),
    "lending": ("Marchetti", "Bianca", {"Enzo": 15}),
    "asks": ("Zubiri", "Maite", {"Xabi": 8}),
    "asked": ("Hollander", "Ruth", {"Daan": 8}),
}


@dataclass(kw_only=True)
class Setting:
    """Codes and names of what was made."""

    tag: str  # so that a copy that keeps running can be walked again
    slug: str
    name: str = NAME
    studio: str = ""  # the slug of a second organisation, where one family and one of the staff are too
    zone: str
    today: str
    offers: dict[str, str] = field(default_factory=dict)  # key: code of the course or the session
    logins: dict[str, str] = field(default_factory=dict)  # staff and families' keys: e-mail
    clients: dict[str, int] = field(default_factory=dict)  # first name: client number

    def address(self, name: str) -> str:
        """An e-mail address that no other run uses."""
        return f"{name}-{self.tag}@mail.test".lower()

    @classmethod
    def read(cls, text: str) -> "Setting":
        return cls(**json.loads(text))


def midday_zone(now: datetime) -> str:
    """The zone of the list where the clock is nearest to eleven."""
    return min(ZONES, key=lambda zone: abs(now.astimezone(ZoneInfo(zone)).hour - 11))


def birth_date(age: int) -> str:
    """Somebody's who turned ``age`` a month ago, as a date field takes it."""
    born = datetime.now(ZoneInfo("UTC")).date() - timedelta(days=30)
    return f"{born.year - age}-{born.month:02}-{min(born.day, 28):02}"


def make() -> Setting:
    """Make everything, by the product's own operations where it has them."""
    from django.utils import timezone

    from accounts.actors import Actor
    from accounts.enums import ActorKind
    from accounts.models import User
    from accounts.operations import organizations
    from accounts.permissions import Permission
    from tests import factories as make_row

    zone = midday_zone(timezone.now())
    today = datetime.now(ZoneInfo(zone)).date()
    tag = secrets.token_hex(2)
    setting = Setting(tag=tag, slug=f"kingfisher-{tag}", zone=zone, today=today.isoformat())
    club = organizations.create_organization(
        by=Actor.of_command("setting"),
        slug=setting.slug,
        name=NAME,
        tagline="Swimming and art, all year.",
        time_zone=zone,
        currency="CAD",
        country="CA",
        locale="en_CA",
    )
    staff = {}
    for key, (name, role) in STAFF.items():
        setting.logins[key] = setting.address(key)
        user: User = make_row.UserFactory(email=setting.logins[key], password=PASSWORD)
        staff[key] = organizations.add_staff(
            by=Actor.of_command("setting"), organization=club, name=name, user=user, roles=[role]
        )
    boss = Actor(
        kind=ActorKind.STAFF,
        user=staff["administrator"].user,
        staff=staff["administrator"],
        organization=club,
        permissions=frozenset(Permission),
    )
    _waiver(boss, club)
    _offers(setting, club, staff["instructor"], today)
    _fill(setting.offers["full"])
    for key in FAMILIES:
        _family(setting, boss, club, key)
    for key in ("linking", "linked", "manages", "safe", "away", "grown", "asks", "asked"):
        _admit(setting, boss, club, key)
    _studio(setting, club, zone)
    _door(setting, club)
    return setting


def _door(setting: Setting, club: Any) -> None:
    """A class of today with Ash in it, and Jost of another family, who may see, book and pick Ash up."""
    from clients.models import Client
    from tests import factories as make_row

    ash, jost = (Client.objects.get(organization=club, given_name=name) for name in ("Ash", "Jost"))
    session = make_row.session_today(club, title="Door day")
    make_row.RegistrationFactory(session=session, client=ash)
    make_row.ManagerLinkFactory(
        manager=jost.member, dependent=ash.member, kind="parent", book=True, notify=True, pick_up=True
    )
    setting.offers["Door day"] = session.code


def _studio(setting: Setting, club: Any, zone: str) -> None:
    """A second organisation. The family "people" is a client of both, and "both" works at both."""
    from accounts.actors import Actor
    from accounts.models import Member
    from accounts.operations import organizations
    from clients.operations import admission
    from tests import factories as make_row

    by = Actor.of_command("setting")
    setting.studio, setting.logins["both"] = f"heron-{setting.tag}", setting.address("both")
    studio = organizations.create_organization(
        by=by, slug=setting.studio, name=STUDIO, tagline="", time_zone=zone, currency="CAD", country="CA",
        locale="en_CA",
    )  # fmt: skip
    user = make_row.UserFactory(email=setting.logins["both"], password=PASSWORD)
    family = list(Member.objects.filter(account__members__email=setting.logins["people"]).order_by("pk"))
    for organization, title in ((club, "Picture day"), (studio, "Ballet 1")):
        organizations.add_staff(
            by=by, organization=organization, name="Nils Both", user=user, roles=["front-desk"]
        )
        clients = admission.admit(by=by, organization=organization, members=family)
        admission.activate(by=by, clients=clients)
        _owner, child, _other_child = clients
        session = make_row.session_today(organization, title=title)
        make_row.RegistrationFactory(session=session, client=child)
        setting.offers[title] = session.code
        setting.clients[title] = child.number


def _waiver(by: Any, club: Any) -> None:
    from waivers.operations import publishing

    document = publishing.add_document(by=by, organization=club, title="Season waiver")
    publishing.publish(by=by, document=document, text=WAIVER)
    publishing.require(by=by, document=document, is_for_everyone=True)


def _offers(setting: Setting, club: Any, coach: Any, today: date) -> None:
    """A course from next week, and single classes from today on."""
    from tests import factories as make_row

    tax = make_row.TaxRateFactory(organization=club, code="hst", name="HST", millionths=130_000)
    location = make_row.LocationFactory(organization=club, name="Kingfisher Hall")
    room = make_row.RoomFactory(location=location, name="Teaching pool")

    def fee(name: str, price: int, kind: str) -> Any:
        return make_row.ProductFactory(
            organization=club, name=name, price_minor=price, tax_rate=tax, kind=kind
        )

    def offer(key: str, title: str, day: date, **fields: Any) -> None:
        at = fields.pop("at", time(16, 15))
        service = {
            f"service__{name.removeprefix('rule_')}": fields.pop(name)
            for name in list(fields)
            if name.startswith("rule_")
        }
        price = fields.pop("price", None)
        if price is not None:
            service["service__drop_in"] = fee(title, price, "drop_in")
        schedule = make_row.ScheduleFactory(
            service__organization=club, service__title=title, service__category="Swimming", service__kind="class",
            starts_on=day, ends_on=day, room=room, coach=coach, start_time=at, end_time=time(at.hour + 1, at.minute),
            course_fee=None, **service, **fields,
        )  # fmt: skip
        setting.offers[key] = make_row.SessionFactory(schedule=schedule).code

    course = make_row.course(
        service__organization=club, service__title="Swim 2 · Otters", service__category="Swimming",
        starts_on=today + timedelta(days=7), room=room, coach=coach, capacity=10, age_min_months=72, age_max_months=119,
        course_fee=fee("Swim 2 · Otters", 9600, "course_fee"),
    )  # fmt: skip
    setting.offers["course"] = course.code
    offer("today", "Open gym", today, at=time(13, 0), price=1200, rule_booking_closes_minutes=-24 * 60)
    offer("shown", "Stretch hour", today, at=time(13, 0), price=1200, rule_booking_closes_minutes=-24 * 60)
    offer("art", "Open art", today + timedelta(days=2), price=1500, capacity=30)
    offer("clay", "Clay for all", today + timedelta(days=3), price=2000, capacity=30)
    offer("full", "Trampoline", today + timedelta(days=4), price=1000, capacity=1)
    offer(
        "closed", "Canoe try-out", today + timedelta(days=1), price=1000,
        rule_booking_closes_minutes=7 * 24 * 60,
    )  # fmt: skip


def _fill(code: str) -> None:
    """Somebody has the only place."""
    from scheduling.models import Session
    from tests import factories as make_row

    session = Session.objects.get(code=code)
    member = make_row.MemberFactory(given_name="Early", family_name="Bird", owner=True)
    make_row.RegistrationFactory(
        session=session, client=make_row.ClientFactory(organization=session.organization, member=member)
    )


def _family(setting: Setting, by: Any, club: Any, key: str) -> None:
    from clients.operations import households
    from tests import factories as make_row

    surname, given, children = FAMILIES[key]
    account = make_row.AccountFactory(name=f"{surname} family")
    setting.logins[key] = setting.address(f"{given}.{surname}")
    make_row.MemberFactory(
        account=account, given_name=given, family_name=surname, email=setting.logins[key], owner=True,
        user=make_row.UserFactory(email=setting.logins[key], password=PASSWORD),
    )  # fmt: skip
    for name, age in children.items():
        make_row.MemberFactory(
            account=account, given_name=name, family_name=surname, email="", born_on=birth_date(age)
        )
    households.begin(by=by, organization=club, account=account)


def _admit(setting: Setting, by: Any, club: Any, key: str) -> None:
    """Everybody of a family as a client of the club."""
    from accounts.models import Member
    from clients.operations import admission

    family = list(Member.objects.filter(account__members__email=setting.logins[key]).order_by("pk"))
    clients = admission.admit(by=by, organization=club, members=family)
    admission.activate(by=by, clients=clients)
    setting.clients |= {client.given_name: client.number for client in clients}


def main() -> None:
    import django

    django.setup()
    sys.stdout.write(json.dumps(asdict(make())))


if __name__ == "__main__":
    main()
