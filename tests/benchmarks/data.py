"""The data that the benchmarks run on, made by SQL: a busy organisation of ``rows`` clients.

Families of five (two adults, three children), the first adult with a login. The first tenth of the families
are clients of a second organisation too; each owner is linked with a child of the next family. Forty weekly classes are
under way, eight weeks back and eight ahead, and forty courses begin in two weeks.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils import timezone

from accounts import models as accounts
from accounts.permissions import BUILT_IN
from billing import models as billing
from clients import models as clients
from relationships import models as relationships
from scheduling import models as scheduling
from tests.benchmarks import households, links
from tests.benchmarks.filling import fill, reset_sequences
from waivers import models as waivers

ORG, OTHER = 1, 2
SLUG = "bench"
ORGANIZATIONS = {ORG: (SLUG, "Harbourside Recreation"), OTHER: ("other", "Studio Meridian")}
FAMILY = 5
CLASSES = 40
WEEKS_BACK, WEEKS_AHEAD = 8, 8
WEEKS = WEEKS_BACK + WEEKS_AHEAD
ROSTER = 30  # people in the class whose roster is measured
STAFF_USER = 1  # works at both organisations; the family of this number has no login
FAMILY_USER = 2

GIVEN = "'{Ada,Noor,Mateo,Iris,Chidi,Lena,Omar,Sofia,Émile,Priya,Jonas,Wanda}'::text[]"
FAMILY_NAMES = "'{Okafor,Reyes,Lindqvist,Tremblay,Nguyen,Haddad,Kowalski,Adeyemi,Fraser,Osei}'::text[]"
BORN = """(current_date - ((CASE WHEN {at} < 2 THEN 14000 ELSE 2600 + {at} * 300 END + n % 300)::int))"""


@dataclass(frozen=True)
class Made:
    """What was made, for those who use it."""

    rows: int
    places: tuple[households.Place, ...] = ()

    @property
    def families(self) -> int:
        """Accounts; each has ``FAMILY`` members."""
        return self.rows // FAMILY

    @property
    def roster_session(self) -> str:
        """The code of the class with ``ROSTER`` people, next week."""
        return _code("S", WEEKS_BACK + 1)


@transaction.atomic
def make(rows: int, many: int = 1_000) -> Made:
    """Fill an empty database with ``rows`` clients at the first organisation, and ``many`` accounts at another."""
    made = Made(rows)
    _organizations()
    _families(made)
    _clients(made)
    links.make(made.families, FAMILY, ORG)
    _offers()
    _seats(made)
    _waivers()
    _bills()
    _numbers(made)
    made = replace(made, places=households.make(many, STAFF_USER))
    reset_sequences(
        *(
            model
            for app in (accounts, clients, relationships, billing, scheduling, waivers)
            for model in (getattr(app, name) for name in app.__all__)
            if getattr(model, "_meta", None) and not model._meta.abstract
        )
    )
    return made


def tidy() -> None:
    """Let the planner know what is there."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _code(letter: str, number: int) -> str:
    return f"{letter}{number:09d}"


def _sql_code(letter: str, number: str = "n") -> str:
    return f"'{letter}' || lpad(({number})::text, 9, '0')"


def _organizations() -> None:
    for number, (slug, name) in ORGANIZATIONS.items():
        accounts.Organization.objects.create(
            pk=number, slug=slug, name=name, time_zone="America/Toronto", currency="CAD", country="CA"
        )
        accounts.Role.objects.create(
            pk=number,
            organization_id=number,
            key="administrator",
            name="Administrator",
            permissions=sorted(BUILT_IN["administrator"]),
        )
    fill(
        accounts.Staff,
        "generate_series(1, 12) AS n",
        id="n",
        organization_id=f"CASE WHEN n = 2 THEN {OTHER} ELSE {ORG} END",
        user_id="NULL",
        code=_sql_code("T"),
        name="'Coach ' || n",
    )


def _families(made: Made) -> None:
    families, people = f"generate_series(1, {made.families}) AS n", f"generate_series(1, {made.rows}) AS n"
    fill(accounts.User, families, id="n", email="'person-' || n || '@bench.test'", password="'!'")
    fill(
        EmailAddress, families, id="n", user_id="n", email="'person-' || n || '@bench.test'", verified="true"
    )
    EmailAddress.objects.update(primary=True)
    for number in ORGANIZATIONS:
        staff = accounts.Staff.objects.get(pk=number)
        staff.user_id = STAFF_USER
        staff.save(update_fields=["user_id"])
        staff.roles.add(number)
    fill(accounts.Account, families, id="n", code=_sql_code("A"), name="'Family ' || n", confirmed_at="now()")
    fill(
        accounts.Member,
        people,
        id="n",
        account_id=_family("n"),
        user_id=f"CASE WHEN n % {FAMILY} = 1 AND n > 1 THEN {_family('n')} END",
        code=_sql_code("M"),
        **_person("n"),
    )
    fill(accounts.AccountOwner, families, id="n", account_id="n", member_id=f"(n - 1) * {FAMILY} + 1")


def _family(member: str) -> str:
    return f"(({member} - 1) / {FAMILY} + 1)"


def _person(member: str) -> dict[str, str]:
    return {
        "given_name": f"({GIVEN})[1 + {member} % 12]",
        "family_name": f"({FAMILY_NAMES})[1 + {_family(member)} % 10] || ' ' || {_family(member)}",
        "email": f"CASE WHEN {member} % {FAMILY} = 1 THEN 'person-' || {_family(member)} || '@bench.test' ELSE '' END",
        "phone": f"'+1416' || lpad({_family(member)}::text, 7, '0')",
        "born_on": BORN.format(at=f"(({member} - 1) % {FAMILY})"),
    }


def _clients(made: Made) -> None:
    members = made.rows
    for organization, families in ((ORG, made.families), (OTHER, max(made.families // 10, 20))):
        household = "n" if organization == ORG else f"{made.families} + n"
        client = "n" if organization == ORG else f"{members} + n"
        fill(
            clients.Household,
            f"generate_series(1, {families}) AS n",
            id=household,
            organization_id=str(organization),
            account_id="n",
            number="n",
            billing_contact_id=f"(n - 1) * {FAMILY} + 1",
            name="'Family ' || n",
            search_text="'family ' || n",
            sort_name="'family ' || n",
        )
        fill(
            clients.Client,
            f"generate_series(1, {families * FAMILY}) AS n",
            id=client,
            organization_id=str(organization),
            member_id="n",
            household_id=_family("n") if organization == ORG else f"{made.families} + {_family('n')}",
            number="n",
            status="'active'",
            search_text=f"lower(({FAMILY_NAMES})[1 + {_family('n')} % 10] || ' ' || ({GIVEN})[1 + n % 12]) || ' ' || n",
            sort_name=f"lower(({FAMILY_NAMES})[1 + {_family('n')} % 10] || ' ' || {_family('n')} || ' ' || n)",
            **_person("n"),
        )
    fill(
        clients.Memo,
        "generate_series(1, 40) AS n",
        id="n",
        organization_id=str(ORG),
        client_id="n",
        text="'Needs a hand with the stairs, ' || n",
        is_starred="n % 4 = 0",
    )


def _offers() -> None:
    """A class a row of the public schedule: half of them sold by the session, all of them as a course."""
    for organization in ORGANIZATIONS:
        billing.TaxRate.objects.create(
            pk=organization, organization_id=organization, code="hst", name="HST", millionths=130_000
        )
        scheduling.Location.objects.create(
            pk=organization, organization_id=organization, name="The pool hall"
        )
        for number, (kind, name, price) in enumerate(
            (
                ("drop_in", "One visit", 1200),
                ("course_fee", "Course fee", 9600),
                ("drop_in", "Nothing to pay", 0),
            )
        ):
            billing.Product.objects.create(
                pk=organization * 10 + number,
                organization_id=organization,
                kind=kind,
                name=name,
                price_minor=price,
                tax_rate_id=organization,
            )
    fill(
        scheduling.Room,
        "generate_series(1, 8) AS n",
        id="n",
        organization_id=f"CASE WHEN n = 8 THEN {OTHER} ELSE {ORG} END",
        location_id=f"CASE WHEN n = 8 THEN {OTHER} ELSE {ORG} END",
        name="'Room ' || n",
    )
    _classes(ORG, first=1, count=CLASSES, room="1 + n % 7", coach="3 + n % 10")
    _classes(OTHER, first=CLASSES + 1, count=4, room="8", coach="2")
    _classes(ORG, first=CLASSES + 5, count=CLASSES, room="1 + n % 7", coach="3 + n % 10", begin_in=2)


def _classes(
    organization: int, *, first: int, count: int, room: str, coach: str, begin_in: int = -WEEKS_BACK
) -> None:
    """``WEEKS`` weekly meetings of each; those that begin in the coming weeks are what can be booked."""
    monday = timezone.now().date() + timedelta(weeks=begin_in, days=-timezone.now().weekday())
    day = f"(DATE '{monday}' + (n % 7)::int)"
    hour = "(8 + (n - 1) % 12)"
    source = f"generate_series({first}, {first + count - 1}) AS n"
    fill(
        scheduling.Service,
        source,
        id="n",
        organization_id=str(organization),
        title="'Swim ' || n",
        category="'Swimming'",
        drop_in_id=str(organization * 10),
    )
    fill(
        scheduling.Schedule,
        source,
        id="n",
        organization_id=str(organization),
        service_id="n",
        code=_sql_code("C"),
        title="'Swim ' || n",
        room_id=room,
        coach_id=coach,
        weekdays="ARRAY[n % 7]",
        starts_on=day,
        ends_on=f"{day} + {7 * (WEEKS - 1)}",
        start_time=f"make_time({hour}::int, 0, 0)",
        end_time=f"make_time({hour}::int, 45, 0)",
        time_zone="'America/Toronto'",
        capacity="40",
        age_min_months="24",
        course_fee_id=str(organization * 10 + 1),
    )
    at = f"(({day} + week * 7 + make_time({hour}::int, 0, 0)) AT TIME ZONE 'America/Toronto')"
    number = f"((n - 1) * {WEEKS} + week + 1)"
    fill(
        scheduling.Session,
        f"{source}, generate_series(0, {WEEKS - 1}) AS week",
        id=number,
        organization_id=str(organization),
        service_id="n",
        schedule_id="n",
        code=_sql_code("S", number),
        room_id=room,
        coach_id=coach,
        starts_at=at,
        ends_at=f"{at} + interval '45 minutes'",
        capacity="40",
    )


def _seats(made: Made) -> None:
    """Some people in each class; ``ROSTER`` of them, with their bills, in the one that is measured."""
    full = WEEKS_BACK + 1
    some = f"generate_series(1, {CLASSES * WEEKS}) AS session, generate_series(0, 11) AS seat"
    fill(
        scheduling.Registration,
        f"{some} WHERE session <> {full}",
        organization_id=str(ORG),
        session_id="session",
        client_id=f"1 + (session * 37 + seat * 11) % {made.rows}",
        booked_by_id="1",
        state=f"CASE WHEN (session - 1) % {WEEKS} < {WEEKS_BACK} THEN 'attended' ELSE 'booked' END",
    )
    fill(
        billing.Cart,
        f"generate_series(1, {ROSTER}) AS n",
        id="n",
        organization_id=str(ORG),
        account_id=_family("n"),
        buyer_id=f"({_family('n')} - 1) * {FAMILY} + 1",
        code=_sql_code("K"),
        state="'fulfilled'",
    )
    fill(
        billing.CartLine,
        f"generate_series(1, {ROSTER}) AS n",
        id="n",
        organization_id=str(ORG),
        cart_id="n",
        kind="'session'",
        member_id="n",
        product_id=str(ORG * 10),
        label="'Swim 1'",
        amount_minor="1200",
        tax_rate_id=str(ORG),
        tax_minor="156",
    )
    fill(
        scheduling.Registration,
        f"generate_series(1, {ROSTER}) AS n",
        organization_id=str(ORG),
        session_id=str(full),
        client_id="n",
        cart_line_id="n",
        booked_by_id=f"({_family('n')} - 1) * {FAMILY} + 1",
        state="CASE WHEN n % 5 = 0 THEN 'attended' ELSE 'booked' END",
    )


def _waivers() -> None:
    """A waiver for everyone, which two thirds of the clients have signed."""
    document = waivers.Document.objects.create(pk=1, organization_id=ORG, title="Taking part")
    version = waivers.DocumentVersion.objects.create(
        pk=1,
        organization_id=ORG,
        document=document,
        number=1,
        text="Taking part is at your own risk.",
        text_hash="0" * 64,
        published_at=timezone.now(),
    )
    waivers.Requirement.objects.create(
        pk=1, organization_id=ORG, document=document, frequency="once", is_for_everyone=True
    )
    fill(
        waivers.Signature,
        f"clients_client AS c WHERE c.organization_id = {ORG} AND (c.number % 3 <> 0 OR c.number > 60)",
        organization_id=str(ORG),
        version_id=str(version.pk),
        client_id="c.id",
        signer_id=f"((c.id - 1) / {FAMILY}) * {FAMILY} + 1",
        capacity="'owner'",
        typed_name="'Somebody'",
        signed_at="now()",
    )


def _bills() -> None:
    """The bills of the people on the roster: every second one paid in cash."""
    source = f"generate_series(1, {ROSTER}) AS n"
    household = _family("n")
    payer = f"({household} - 1) * {FAMILY} + 1"
    everywhere = {"id": "n", "organization_id": str(ORG)}
    fill(
        billing.Invoice,
        source,
        **everywhere,
        household_id=household,
        cart_id="n",
        number="n",
        code=_sql_code("B"),
        currency="'CAD'",
        subtotal_minor="1200",
        tax_minor="156",
        total_minor="1356",
        issued_at="now()",
        due_on="current_date",
    )
    fill(
        billing.InvoiceLine,
        source,
        **everywhere,
        invoice_id="n",
        client_id="n",
        product_id=str(ORG * 10),
        kind="'drop_in'",
        label="'Swim 1'",
        amount_minor="1200",
        tax_rate_id=str(ORG),
        tax_minor="156",
    )
    fill(
        billing.Payment,
        f"{source} WHERE n % 2 = 0",
        **everywhere,
        household_id=household,
        cart_id="n",
        paid_by_id=payer,
        kind="'cash'",
        amount_minor="1356",
        currency="'CAD'",
        state="'succeeded'",
        succeeded_at="now()",
    )
    fill(
        billing.Allocation,
        f"{source} WHERE n % 2 = 0",
        **everywhere,
        payment_id="n",
        invoice_id="n",
        amount_minor="1356",
    )
    for number, code in enumerate(("receivable", "card-clearing", "cash", "revenue:programs", "tax:hst"), 1):
        billing.LedgerAccount.objects.create(pk=number, organization_id=ORG, code=code)
    fill(billing.LedgerTransaction, source, **everywhere, kind="'invoice'", at="now()", invoice_id="n")
    for account, amount, of_household in ((1, 1356, True), (4, -1200, False), (5, -156, False)):
        fill(
            billing.LedgerEntry,
            source,
            organization_id=str(ORG),
            transaction_id="n",
            account_id=str(account),
            household_id=household if of_household else "NULL",
            amount_minor=str(amount),
        )


def _numbers(made: Made) -> None:
    """The counters go on where the generated numbers end."""
    for kind, last in (("household", made.families), ("client", made.rows), ("invoice", ROSTER)):
        accounts.NumberCounter.objects.create(organization_id=ORG, kind=kind, last=last)
