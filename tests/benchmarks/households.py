"""Two organisations that differ in the number of their accounts alone: ten, and a hundred thousand.

Families of two, the adult an owner. A tenth of the accounts is kept by staff, every second one of those invited;
a twentieth is hidden; every fifth has two bills, of which the second is paid.
"""

from dataclasses import dataclass

from accounts import models as accounts
from accounts.permissions import BUILT_IN
from billing import models as billing
from clients import models as clients
from tests.benchmarks.filling import fill

FEW = 10
NAMES = "'{okafor,reyes,lindqvist,tremblay,nguyen,haddad,kowalski,adeyemi,fraser,osei}'::text[]"
TENTH = "((n / 10) % 10 = 9)"
"""Kept by staff; not the same tenth of the alphabet."""
SPACE = 100_000_000
"""Ids between the first rows of two organisations, and of the data beside these."""


@dataclass(frozen=True)
class Place:
    """An organisation with ``count`` accounts."""

    slug: str
    number: int
    count: int

    @property
    def measured(self) -> str:
        """The number of an account in the middle, with bills, that its family runs."""
        return str(self.count // 20 * 10 + 5)

    @property
    def base(self) -> int:
        """Its ids begin after this one."""
        return self.number * SPACE


def make(count: int, staff_user: int) -> tuple[Place, Place]:
    """Both organisations, where ``staff_user`` works."""
    places = (Place("few", 3, FEW), Place("many", 4, count))
    for place in places:
        _organization(place, staff_user)
        _families(place)
        _clients(place)
        _bills(place)
    return places


def _organization(place: Place, staff_user: int) -> None:
    organization = accounts.Organization.objects.create(
        pk=place.number,
        slug=place.slug,
        name=f"The {place.slug}",
        time_zone="America/Toronto",
        currency="CAD",
        country="CA",
    )
    staff = accounts.Staff.objects.create(
        pk=place.base, organization=organization, user_id=staff_user, name="Somebody"
    )
    staff.roles.add(
        accounts.Role.objects.create(
            pk=place.number,
            organization=organization,
            key="administrator",
            name="Administrator",
            permissions=sorted(BUILT_IN["administrator"]),
        )
    )
    for number, code in enumerate(("receivable", "cash", "revenue:programs")):
        billing.LedgerAccount.objects.create(pk=place.base + number, organization=organization, code=code)
    billing.Product.objects.create(
        pk=place.base, organization=organization, kind="fee", name="A term", price_minor=9600
    )


def _families(place: Place) -> None:
    source, here = f"generate_series(1, {place.count}) AS n", f"{place.base} + n"
    fill(
        accounts.Account,
        source,
        id=here,
        code=f"'B' || lpad(({here})::text, 9, '0')",
        name="'Family ' || n",
        kept_by_id=f"CASE WHEN {TENTH} THEN {place.number} END",
        confirmed_at=f"CASE WHEN NOT {TENTH} THEN now() END",
    )
    for place_in_family, (given_name, age) in enumerate((("Ada", 14_000), ("Noor", 3_000))):
        fill(
            accounts.Member,
            source,
            id=_member(place, place_in_family),
            account_id=here,
            code=f"'N' || lpad(({_member(place, place_in_family)})::text, 9, '0')",
            **_person(given_name, age),
        )
    fill(accounts.AccountOwner, source, id=here, account_id=here, member_id=_member(place, 0))
    fill(
        accounts.Invitation,
        f"{source} WHERE {TENTH} AND n % 2 = 0",
        organization_id=str(place.number),
        account_id=here,
        member_id=_member(place, 0),
        purpose="'claim'",
        token_hash=f"'{place.slug}-' || n",
        email="'somebody@bench.test'",
        desk_code="'123456'",
        expires_at="now() + interval '3 days'",
    )


def _clients(place: Place) -> None:
    source, here = f"generate_series(1, {place.count}) AS n", f"{place.base} + n"
    name = f"({NAMES})[1 + n % 10] || ' ' || lpad(n::text, 7, '0')"
    fill(
        clients.Household,
        source,
        id=here,
        organization_id=str(place.number),
        account_id=here,
        number="n",
        name="'Family ' || n",
        billing_contact_id=_member(place, 0),
        hidden_at="CASE WHEN (n / 10) % 20 = 7 THEN now() END",
        search_text=f"{name} || ' ' || n",
        sort_name=name,
    )
    for place_in_family, (given_name, age) in enumerate((("Ada", 14_000), ("Noor", 3_000))):
        fill(
            clients.Client,
            source,
            id=_member(place, place_in_family),
            organization_id=str(place.number),
            member_id=_member(place, place_in_family),
            household_id=here,
            number=f"n * 2 + {place_in_family}",
            status="'active'",
            participates="true" if place_in_family else "false",
            search_text=f"{name} || ' {given_name.lower()}'",
            sort_name=f"{name} || ' {given_name.lower()}'",
            **_person(given_name, age),
        )


def _bills(place: Place) -> None:
    """Two bills of 96.00 for every fifth family; the second one is paid."""
    organization, base = str(place.number), place.base
    source = f"generate_series(5, {place.count}, 5) AS n, generate_series(0, 1) AS paid"
    bill = f"{base} + n * 2 + paid"
    everywhere = {"id": bill, "organization_id": organization}
    fill(
        billing.Invoice,
        source,
        **everywhere,
        household_id=f"{base} + n",
        cart_id="NULL",
        number="n * 2 + paid",
        code=f"'I' || lpad(({bill})::text, 9, '0')",
        currency="'CAD'",
        subtotal_minor="9600",
        tax_minor="0",
        total_minor="9600",
        issued_at="now() - n * interval '1 minute'",
        due_on="current_date",
    )
    fill(
        billing.InvoiceLine,
        source,
        **everywhere,
        invoice_id=bill,
        client_id=_member(place, 1),
        product_id=str(base),
        kind="'fee'",
        label="'A term'",
        amount_minor="9600",
        tax_rate_id="NULL",
        tax_minor="0",
    )
    paid = f"{source} WHERE paid = 1"
    fill(
        billing.Payment,
        paid,
        **everywhere,
        household_id=f"{base} + n",
        paid_by_id=_member(place, 0),
        kind="'cash'",
        amount_minor="9600",
        currency="'CAD'",
        state="'succeeded'",
        succeeded_at="now()",
    )
    fill(billing.Allocation, paid, **everywhere, payment_id=bill, invoice_id=bill, amount_minor="9600")
    fill(billing.LedgerTransaction, source, **everywhere, kind="'invoice'", at="now()", invoice_id=bill)
    moved = {"organization_id": organization, "transaction_id": bill}
    owes = f"{base} + n"
    fill(
        billing.LedgerEntry,
        source,
        **moved,
        account_id=f"{base} + paid",
        household_id=f"CASE WHEN paid = 0 THEN {owes} END",
        amount_minor="9600",
    )
    fill(
        billing.LedgerEntry,
        source,
        **moved,
        account_id=f"{base} + 2",
        household_id="NULL",
        amount_minor="-9600",
    )


def _member(place: Place, place_in_family: int) -> str:
    return f"{place.base} + n * 2 + {place_in_family}"


def _person(given_name: str, days: int) -> dict[str, str]:
    return {
        "given_name": f"'{given_name}'",
        "family_name": f"initcap(({NAMES})[1 + n % 10])",
        "email": "'family-' || n || '@bench.test'",
        "phone": "'+1416' || lpad(n::text, 7, '0')",
        "born_on": f"(current_date - {days})",
    }
