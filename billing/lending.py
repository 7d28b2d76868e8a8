"""What a lent card may still pay, and for whom the lender's organisations may charge it (P07, RULES 2.4, 3.4).

Whether a link lends at all is ``relationships.lending``'s to say. A monthly cap counts what the dependent paid
with the link since the month began at the organisation, payments that are still open with it; what failed or
was given back is free again.
"""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import Actor
from accounts.calendars import at_local, local_day
from accounts.models import Account, Member, Organization
from accounts.money import Money
from billing.enums import PaymentState, RefundState
from billing.models import Cart, CartLine, Payment, PaymentMethod, Refund
from relationships import authority, lending
from relationships.enums import AccountPermission
from relationships.models import ManagerLink

LENT = "lent-"
COUNTING = (PaymentState.NEW, PaymentState.REQUIRES_ACTION, PaymentState.SUCCEEDED)


@dataclass(frozen=True, kw_only=True)
class Loan:
    """A card that is lent: by which link, whose, and what is left of this month's cap; None is no limit."""

    link: ManagerLink
    method: PaymentMethod
    left: Money | None

    @property
    def code(self) -> str:
        """As the checkout's form names it: never by the card."""
        return f"{LENT}{self.link.code}"

    @property
    def lender(self) -> Member:
        """Whose card it is."""
        return self.link.manager

    def covers(self, total: Money) -> bool:
        """Whether the month's cap leaves ``total``."""
        return self.left is None or total.minor <= self.left.minor


def loans_of(by: Actor, organization: Organization) -> list[Loan]:
    """The cards that the actor's member is lent here today; of one lender the one that leaves the most."""
    if by.member is None:
        return []
    found: dict[int, Loan] = {}
    for link in lending.loans_to(by.member, organization):
        loan = loan_by(link, organization)
        known = found.get(link.manager_id)
        if loan is not None and (known is None or _leaves_more(loan, known)):
            found[link.manager_id] = loan
    return list(found.values())


def loan_by(link: ManagerLink, organization: Organization) -> Loan | None:
    """The card that ``link`` lends here, if its manager can buy here and has one that this place may charge."""
    if not can_lend(link, organization):
        return None
    method = chargeable_cards(organization).filter(account=link.manager.account, holder=link.manager).first()
    if method is None:
        return None
    return Loan(link=link, method=method, left=left_of(link, organization, timezone.now()))


def can_lend(link: ManagerLink, organization: Organization) -> bool:
    """Whether the manager could buy here themselves (D07), and the cap, if any, is in this place's currency."""
    account = link.manager.account
    if account.erased_at is not None or account.confirmed_at is None:
        return False
    if link.dependent_cap_minor is not None and link.dependent_cap_currency != organization.currency:
        return False
    lender = Actor.of_member(link.manager)
    return bool(authority.may_run(lender, AccountPermission.BUY, account, organization))


def chargeable_cards(organization: Organization) -> QuerySet[PaymentMethod]:
    """Cards whose holders let ``organization`` charge them, not expired; the newest first."""
    now = timezone.now()
    current = Q(exp_year__gt=now.year) | Q(exp_year=now.year, exp_month__gte=now.month)
    consented = Q(consents__organization=organization, consents__withdrawn_at__isnull=True)
    return PaymentMethod.objects.standing().filter(current).filter(consented)


def left_of(link: ManagerLink, organization: Organization, at: datetime) -> Money | None:
    """What the month's cap leaves at ``at``; None where there is no cap."""
    if link.dependent_cap_minor is None:
        return None
    used = spent(link, organization, at)
    return Money(max(0, link.dependent_cap_minor - used.minor), organization.currency)


def spent(link: ManagerLink, organization: Organization, at: datetime) -> Money:
    """What was paid with the link since the month began at the organisation, in its currency, wherever."""
    payments = _counted(link).filter(
        currency=organization.currency, created_at__gte=month_began(organization, at)
    )
    paid = payments.aggregate(all=Coalesce(Sum("amount_minor"), 0))["all"]
    back = Refund.objects.filter(payment__in=payments, state=RefundState.SUCCEEDED)
    return Money(paid - back.aggregate(all=Coalesce(Sum("amount_minor"), 0))["all"], organization.currency)


def spent_by_place(link: ManagerLink, at: datetime) -> list[tuple[Organization, Money]]:
    """For who lends: what was paid with the link this month, at each organisation where it was used."""
    places = Organization.objects.filter(pk__in=_counted(link).values("organization")).order_by("name", "pk")
    found = []
    for place in places[:20]:
        here = _counted(link).filter(organization=place, created_at__gte=month_began(place, at))
        paid = here.aggregate(all=Coalesce(Sum("amount_minor"), 0))["all"]
        back = Refund.objects.filter(payment__in=here, state=RefundState.SUCCEEDED)
        minor = paid - back.aggregate(all=Coalesce(Sum("amount_minor"), 0))["all"]
        found.append((place, Money(minor, place.currency)))
    return found


def month_began(organization: Organization, at: datetime) -> datetime:
    """The first moment of the calendar month on the organisation's wall."""
    day = local_day(at, organization.time_zone).replace(day=1)
    return at_local(day, time.min, organization.time_zone)


def carts_of(by: Actor, organization: Organization | None = None) -> QuerySet[Cart]:
    """Carts that the actor's member may open: of the accounts they run, and those they fill with a lent card.

    None with a line for somebody they are kept apart from (RULES 2.1).
    """
    accounts = authority.accounts(by, AccountPermission.PAY, organization)
    apart = authority.apart_from(by, organization)
    about = Exists(CartLine.objects.filter(cart=OuterRef("pk"), member__in=apart))
    return Cart.objects.filter(Q(account__in=accounts) | lent_to(by)).exclude(about)


def lent_to(by: Actor) -> Q:
    """Carts that the actor's member fills in a lender's name."""
    return Q(lent_by__dependent=by.member) if by.member is not None else Q(pk__in=())


def is_borrower(by: Actor, cart: Cart) -> bool:
    """Whether the actor's member fills ``cart`` in a lender's name."""
    return by.member is not None and cart.lent_by is not None and cart.lent_by.dependent_id == by.member.pk


def own_account(by: Actor, cart: Cart) -> Account:
    """For whose cards the actor's member answers at this checkout: the account that buys, or a borrower's own."""
    return by.member.account if by.member is not None and is_borrower(by, cart) else cart.account


def _counted(link: ManagerLink) -> QuerySet[Payment]:
    return Payment.objects.filter(lent_by=link, state__in=COUNTING)


def _leaves_more(one: Loan, other: Loan) -> bool:
    if other.left is None:
        return False
    return one.left is None or one.left.minor > other.left.minor
