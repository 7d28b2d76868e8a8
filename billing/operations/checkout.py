"""What checkout does around the payment: sign what is missing, tell of money given back."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Member
from accounts.transactions import operation
from billing.errors import SignatureMissing
from billing.models import Cart, Refund
from billing.operations import carts, payments, telling
from billing.sums import add_up
from waivers import requirements
from waivers.models import DocumentVersion, Requirement
from waivers.operations import signing
from waivers.requirements import Missing

type Answer = tuple[DocumentVersion, Sequence[Member], str]


def missing_of(cart: Cart) -> list[Missing]:
    """What must still be signed before the cart can be paid, by whom it is about."""
    lines = carts.lines_of(cart)
    extra: dict[int, list[Requirement]] = {}
    for sellable, group in carts.by_kind(lines):
        for line, wanted in zip(group, sellable.requirements(group), strict=True):
            extra.setdefault(line.member_id, []).extend(wanted)
    members = list({line.member_id: line.member for line in lines}.values())
    return requirements.missing(
        organization=cart.organization, members=members, at=timezone.now(), extra=extra
    )


@operation
def sign(*, by: Actor, cart: Cart, answers: Sequence[Answer], missing: Sequence[Missing]) -> None:
    """Sign what the page asked to be signed, each text once for all its people: all that is ``missing``.

    Two presses at once sign once. Raises SignatureMissing, and what ``signing.sign`` refuses.
    """
    signed = {(version, member) for version, members, _typed_name in answers for member in members}
    if any((one.version, one.member) not in signed for one in missing):
        raise SignatureMissing
    for version, members, typed_name in answers:
        signing.sign(
            by=by, organization=cart.organization, versions=[version], members=members, typed_name=typed_name
        )


def is_free(cart: Cart) -> bool:
    """Whether there is nothing to pay."""
    return not add_up(carts.lines_of(cart), cart.organization.currency).total


@operation
def given_back(*, by: Actor, refund: Refund, stripe_refund_id: str) -> None:
    """Book a refund that Stripe has made, and tell the family; once."""
    if payments.give_back(by=by, refund=refund, stripe_refund_id=stripe_refund_id):
        telling.given_back(refund=refund)
