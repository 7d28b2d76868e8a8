"""The mails of billing: to the household's billing contact and to who bought (RULES 1.7, 5.1)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from accounts.models import Member
from accounts.money import Money
from billing.models import Cart, CartLine, Invoice, Payment, Refund
from billing.sums import Sums
from clients.models import Household
from messaging import outbox
from relationships.models import NoContact
from relationships.readers import readers_about


def booked(
    *, cart: Cart, lines: Sequence[CartLine], sums: Sums, invoice: Invoice, payment: Payment | None
) -> None:
    """Confirmation and receipt in one: what was booked for whom, what it cost, how it was paid."""
    currency = invoice.currency
    context = {
        "lines": [
            {
                "label": line.label,
                "detail": line.detail,
                "for": line.member.short_name,
                "amount": Money(line.amount_minor, currency),
            }
            for line in lines
        ],
        "subtotal": sums.subtotal,
        "taxes": [{"name": tax.rate.name, "amount": tax.amount} for tax in sums.taxes],
        "total": sums.total,
        "paid_at": payment.succeeded_at if payment else None,
        "card": card_of(payment),
        "bill_path": reverse("portal:bill", args=[invoice.code]),
        "names": _listed([line.member.short_name for line in lines]),
        "what": _listed([line.label for line in lines]),
        "lent_to": cart.lent_by.dependent.short_name
        if payment and payment.lent_by_id and cart.lent_by
        else "",
    }
    told = readers(invoice.household, cart.buyer, [line.member_id for line in lines])
    for reader in told:
        outbox.queue(
            template="billing/email/booked",
            address=reader.email,
            dedupe_key=f"booked:{cart.code}:{reader.pk}",
            context=context,
            member_ids=[line.member_id for line in lines],
            organization=cart.organization,
            reader=reader,
        )
    _copies(cart, lines, told)


def _copies(cart: Cart, lines: Sequence[CartLine], told: Sequence[Member]) -> None:
    """What was booked, to those who may know of it and do not pay: each of their own people alone, and no amount."""
    people = {line.member_id: line.member for line in lines}
    for reader, known in readers_about(list(people.values()), cart.organization).items():
        if reader in told:
            continue
        theirs = [line for line in lines if line.member in known]
        outbox.queue(
            template="billing/email/booked_copy",
            address=reader.email,
            dedupe_key=f"booked-copy:{cart.code}:{reader.pk}",
            context={
                "lines": [
                    {"label": line.label, "detail": line.detail, "for": line.member.short_name}
                    for line in theirs
                ],
                "names": _listed(line.member.short_name for line in theirs),
                "what": _listed(line.label for line in theirs),
                "path": reverse("portal:home"),
            },
            member_ids=[line.member_id for line in theirs],
            organization=cart.organization,
            reader=reader,
        )


def given_back(*, refund: Refund) -> None:
    """The place was gone when the payment came, and the money is on its way back."""
    payment = refund.payment
    if payment.cart is None:
        return
    lines = list(payment.cart.lines.select_related("member").order_by("id"))
    context = {
        "amount": Money(refund.amount_minor, payment.currency),
        "card": card_of(payment),
        "names": _listed([line.member.short_name for line in lines]),
        "what": _listed([line.label for line in lines]),
    }
    for reader in readers(payment.household, payment.cart.buyer, [line.member_id for line in lines]):
        outbox.queue(
            template="billing/email/given_back",
            address=reader.email,
            dedupe_key=f"given-back:{refund.pk}:{reader.pk}",
            context=context,
            member_ids=[line.member_id for line in lines],
            organization=refund.organization,
            reader=reader,
        )


def card_of(payment: Payment | None) -> dict[str, str] | None:
    """Brand and last four, nothing more."""
    if payment is None or payment.method is None:
        return None
    return {"brand": payment.method.brand, "last4": payment.method.last4}


def readers(household: Household, buyer: Member, about: Sequence[int]) -> list[Member]:
    """The billing contact (an owner, the first unless chosen) and the buyer, each once.

    Whoever is kept apart there from somebody whom it is about reads nothing of it; the next owner does (RULES 2.1).
    """
    apart = set(
        NoContact.objects.active()
        .filter(organization=household.organization_id, protected__in=about)
        .values_list("barred", flat=True)
    )
    contact = household.billing_contact
    if contact is None or contact.pk in apart:
        owners = household.account.ownerships.exclude(member__in=apart)
        first = owners.select_related("member").order_by("id").first()
        contact = first.member if first else buyer
    return list({reader.pk: reader for reader in (contact, buyer) if reader.pk not in apart}.values())


def _listed(words: Iterable[Any]) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(str(word) for word in words))
