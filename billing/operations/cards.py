"""Saved cards and Stripe customers, as rows of ours (D08). The cards themselves are Stripe's."""

from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Member, Organization
from accounts.transactions import operation
from billing.errors import CardUnusable
from billing.models import CardConsent, PaymentMethod, StripeCustomer


def keep_customer(*, account: Account, stripe_id: str) -> StripeCustomer:
    """The account's primary customer: this one, unless another came first."""
    customer, _is_new = StripeCustomer.objects.get_or_create(
        account=account, is_primary=True, defaults={"stripe_id": stripe_id}
    )
    return customer


@operation
def save(
    *,
    by: Actor,
    customer: StripeCustomer,
    holder: Member,
    stripe_id: str,
    brand: str,
    last4: str,
    exp_month: int,
    exp_year: int,
    organization: Organization | None = None,
) -> PaymentMethod:
    """A card that Stripe has saved; the same one twice is one row.

    With ``organization``, the holder lets it charge the card.
    """
    method, is_new = PaymentMethod.objects.get_or_create(
        stripe_id=stripe_id,
        defaults={
            "account": customer.account,
            "holder": holder,
            "customer": customer,
            "brand": brand,
            "last4": last4,
            "exp_month": exp_month,
            "exp_year": exp_year,
        },
    )
    if method.account_id != customer.account_id:
        raise CardUnusable
    if is_new:
        audit.record(
            by=by, action="billing.card_saved", target=method, organization=organization, members=[holder]
        )
    if organization is not None:
        consent(by=by, organization=organization, method=method)
    return method


@operation
def consent(*, by: Actor, organization: Organization, method: PaymentMethod) -> None:
    """The holder lets ``organization`` charge the card from now on."""
    given, is_new = CardConsent.objects.get_or_create(
        organization=organization, payment_method=method, defaults={"given_at": timezone.now()}
    )
    if given.withdrawn_at is not None:
        given.given_at, given.withdrawn_at = timezone.now(), None
        given.save(update_fields=["given_at", "withdrawn_at"])
        is_new = True
    if is_new:
        audit.record(
            by=by,
            action="billing.card_consented",
            target=method,
            organization=organization,
            members=[method.holder_id],
        )


@operation
def remove(*, by: Actor, method: PaymentMethod) -> None:
    """The card is gone at Stripe, and for good; its payments keep naming it. Again is harmless."""
    now = timezone.now()
    if PaymentMethod.objects.filter(pk=method.pk, removed_at=None).update(removed_at=now) == 1:
        CardConsent.objects.filter(payment_method=method, withdrawn_at=None).update(withdrawn_at=now)
        audit.record(by=by, action="billing.card_removed", target=method, members=[method.holder_id])
