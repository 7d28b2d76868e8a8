"""The demo's forty families. Ages are as of the day the demo is made; who has no phone has no e-mail either."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AccountOwner, Member, Organization, User
from accounts.operations import families
from accounts.people import PersonFields
from clients.operations import admission
from clients.searching import fold
from config.demo_logins import OTHER_GUARDIAN, OWNER, TEENAGER
from relationships.enums import LinkKind
from relationships.models import ManagerLink

# Family name: owners with their ages, then children. A "+" begins a second owner, "?" a family without e-mail.
FAMILIES = """
Okafor: Amara 39 | Noah 17, Toby 9, Zuri 6
Lindqvist: Daniel 41 | Mila 7
Novak: Petra 38 + Jan 40 | Elias 10, Ida 8
Marchetti: Lucia 36 | Leo 8, Bruno 5
Bouchard: Maxime 42 + Élise 40 | Maya 8, Rémi 11, Inès 4
Halvorsen: Signe 35 | Freya 9
Sato: Kenji 44 + Yumi 41 | Hana 8, Riku 12
Khan: Farah 37 | Idris 9, Aaliyah 6, Zayd 3
Dunne: Maeve 33 | Ruby 9, Conor 7
Whitlock: Joan 58 | Oscar 9
Alvarez: Carmen 40 + Luis 43 | Nina 8
Petrov: Anna 31 | Sam 7
Nguyen: Thi Mai 45 | Linh 14, An 10, Bao 6
Tremblay: Geneviève 39 + Luc 41 | Olivier 9, Chloé 5
O'Connor: Siobhán 36 | Finn 6, Aoife 10
Goldberg: Ruth 67
Singh: Harpreet 43 + Manjit 44 | Jasleen 12, Arjan 8
Costa: Ana 29
Rossi: Paolo 48 | Giulia 15, Marco 11
Adeyemi: Folake 34 | Tobi 5, Simi 3
Kowalski: Ewa 41 + Piotr 42 | Zofia 9, Antoni 7
Haddad: Noor 30
Fernandes: João 46 | Beatriz 13
Chen: Li 38 + Wei 39 | Emma 6, Lucas 9
MacLeod: Fiona 44 | Isla 10, Hamish 8
Yılmaz: Elif 35 | Deniz 7
Mensah: Abena 40 | Kofi 12, Efua 9, Yaw 5
Larsen: Mette 37 | Alma 4
Ibrahim: Yusuf 50 + Halima 46 | Sara 16, Omar 13, Layla 9
Brandt: Jonas 34 | Greta 3
Tanaka: Mei 28
Dubois: Camille 43 | Théo 8, Manon 11
Schmidt: Karin 62 ?
Popescu: Ioana 36 ? | Matei 7
Walker: George 71 ?
Reyes: Isabel 33 ? | Diego 6, Lucia 9
Murphy: Declan 45 ? | Orla 8
Johansson: Erik 39 + Maja 38 | Ellen 5, Nils 8
Park: Ji-woo 41 | Min-jun 9, Seo-yeon 6
Beaumont: Claire 32 | Jules 4
"""

STREETS = (
    "Wychwood Ave",
    "Christie St",
    "Dupont St",
    "Shaw St",
    "Davenport Rd",
    "Ossington Ave",
    "Harbord St",
)
NAMED_LOGINS = {
    "Amara Okafor": OWNER.email,
    "Daniel Lindqvist": OTHER_GUARDIAN.email,
    "Noah Okafor": TEENAGER.email,
}


@dataclass
class Family:
    """A family of the demo, owners first."""

    owners: list[Member]
    children: list[Member]
    has_email: bool

    @property
    def name(self) -> str:
        """The family's name."""
        return self.owners[0].family_name

    @property
    def people(self) -> list[Member]:
        """Everybody."""
        return [*self.owners, *self.children]


def make(
    *, by: Actor, organization: Organization, password: str, today: date, random: Random
) -> list[Family]:
    """All forty, with households and clients at ``organization``; two of them linked over a child (B01)."""
    hashed = make_password(password)
    made = [_family(by, organization, line, hashed, today, random) for line in FAMILIES.strip().splitlines()]
    _link_two_households(made[0], made[1], today)
    return made


def make_user(email: str, hashed: str) -> User:
    """A login with a confirmed address, as after following the mailed link."""
    user = User(email=email, password=hashed)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _family(by: Actor, here: Organization, line: str, hashed: str, today: date, random: Random) -> Family:
    name, _colon, rest = line.partition(":")
    adults, _bar, young = rest.partition("|")
    has_email = "?" not in adults
    street = f"{random.randint(8, 480)} {random.choice(STREETS)}"
    persons = [
        _fields(words, name, street, is_adult=True, has_email=has_email, today=today, random=random)
        for words in adults.replace("?", "").split("+")
    ]
    first = families.open_account(by=by, owner=persons[0], kept_by=here, country=here.country)
    account = first.account
    owners = [first] + [families.add_member(by=by, account=account, person=person) for person in persons[1:]]
    for owner in owners[1:]:
        AccountOwner.objects.create(account=account, member=owner)
    children = [
        families.add_member(
            by=by,
            account=account,
            person=_fields(words, name, street, is_adult=False, has_email=False, today=today, random=random),
        )
        for words in young.split(",")
        if words.strip()
    ]
    if has_email:
        account.kept_by, account.confirmed_at = None, timezone.now()
        account.save(update_fields=["kept_by", "confirmed_at"])
        for member in [*owners, *children]:
            login = NAMED_LOGINS.get(member.full_name)
            if login or member is first:
                member.user = make_user(login or member.email, hashed)
                member.save(update_fields=["user"])
    admission.activate(
        by=by, clients=admission.admit(by=by, organization=here, members=children or owners[:1])
    )
    admission.activate(
        by=by, clients=admission.admit(by=by, organization=here, members=owners, participates=False)
    )
    return Family(owners, children, has_email)


def _fields(
    words: str, family: str, street: str, *, is_adult: bool, has_email: bool, today: date, random: Random
) -> PersonFields:
    given, _space, age = words.strip().rpartition(" ")
    born_on = today.replace(year=today.year - int(age), day=min(today.day, 28)) - timedelta(
        days=random.randint(12, 350)
    )
    contact = {}
    if is_adult:
        contact = {
            "phone": f"+1416555{random.randint(100, 199):04d}",
            "address_line": street,
            "city": "Toronto",
            "region": "ON",
            "postal_code": "M6G 2X8",
        }
        if has_email:
            contact["email"] = f"{_ascii(given)}.{_ascii(family)}@example.ca"
    return PersonFields(given_name=given, family_name=family, born_on=born_on, **contact)


def _ascii(name: str) -> str:
    return "".join(char for char in fold(name) if char.isascii() and char.isalnum())


def _link_two_households(okafor: Family, lindqvist: Family, today: date) -> None:
    """Daniel is Toby's other parent; Amara may see his daughter's schedule. Each lives in an own account."""
    daniel, amara = lindqvist.owners[0], okafor.owners[0]
    toby = next(child for child in okafor.children if child.given_name == "Toby")
    noah = next(child for child in okafor.children if child.given_name == "Noah")
    ManagerLink.objects.create(
        manager=daniel,
        dependent=toby,
        kind=LinkKind.PARENT,
        starts_on=today - timedelta(days=400),
        granted_by=amara,
        is_legal_guardian=True,
        **dict.fromkeys(("view", "book", "forms", "sign", "notify", "pick_up"), True),
    )
    ManagerLink.objects.create(
        manager=amara,
        dependent=lindqvist.children[0],
        kind=LinkKind.OTHER,
        starts_on=today - timedelta(days=90),
        granted_by=daniel,
        view=True,
    )
    ManagerLink.objects.create(
        manager=amara,
        dependent=noah,
        kind=LinkKind.PARENT,
        starts_on=today - timedelta(days=200),
        granted_by=amara,
        may_book_self=True,
    )
