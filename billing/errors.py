"""What billing refuses, each with a sentence fit for the person it is told to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused

if TYPE_CHECKING:
    from accounts.models import Member
    from billing.objections import Objection

CARD_MESSAGES = {
    "declined": _("The bank declined this card. Nothing was charged. Use another card, or ask your bank."),
    "insufficient_funds": _("There is not enough money on this card. Nothing was charged. Use another card."),
    "expired": _("This card has expired. Nothing was charged. Use another card."),
    "wrong_number": _("This card number is not right. Nothing was charged. Check it, or use another card."),
    "wrong_cvc": _(
        "The security code of this card is not right. Nothing was charged. Check it and try again."
    ),
    "try_again": _(
        "The bank could not process this card just now. Nothing was charged. Try again in a moment."
    ),
    "authentication_required": _(
        "The bank wants the card's holder to confirm this payment. Nothing was charged. Pay it in the portal."
    ),
    "authentication_failed": _(
        "The payment was not confirmed with the bank. Nothing was charged. Try again."
    ),
}
CARD_CODES = {
    "insufficient_funds": "insufficient_funds",
    "withdrawal_count_limit_exceeded": "insufficient_funds",
    "expired_card": "expired",
    "invalid_expiry_month": "expired",
    "invalid_expiry_year": "expired",
    "incorrect_number": "wrong_number",
    "invalid_number": "wrong_number",
    "incorrect_cvc": "wrong_cvc",
    "invalid_cvc": "wrong_cvc",
    "processing_error": "try_again",
    "try_again_later": "try_again",
    "issuer_not_available": "try_again",
    "reenter_transaction": "try_again",
    "authentication_required": "authentication_required",
    "authentication_not_handled": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
    "setup_intent_authentication_failure": "authentication_failed",
}


class CardDeclined(Refused):
    """The bank said no. ``code`` is Stripe's; ``message_key`` one of ours.

    A lost or stolen card reads as any other decline: whoever holds it is not told (Stripe's advice).
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.message_key = CARD_CODES.get(code, "declined")
        super().__init__(CARD_MESSAGES[self.message_key])


class StripeUnavailable(Refused):
    """No answer, or a failure at Stripe. Whether it was done is unknown: ask by id, never do it anew."""

    message = _("We could not reach the payment service. We are checking, and you will not pay twice.")


class StripeRefused(Exception):
    """Stripe would not do what we asked: a mistake of ours, or of the configuration. Not for users."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}" if code else message)


class BadSignature(Exception):
    """A webhook that Stripe did not send, or sent too long ago."""


class InsideTransaction(RuntimeError):
    """Stripe was called inside a database transaction, which could roll back while Stripe does not."""

    def __init__(self) -> None:
        super().__init__(
            "Stripe is called outside transactions only: from a flow, not an operation; "
            "in tests mark django_db(transaction=True)"
        )


class NobodyChosen(Refused):
    """A cart is for at least one person."""

    message = _("Choose at least one person.")


class CannotBuy(Refused):
    """Something speaks against it. ``reasons`` holds, by member, every objection."""

    def __init__(self, reasons: "Sequence[tuple[Member, Sequence[Objection]]]") -> None:
        self.reasons = [(member, list(against)) for member, against in reasons if against]
        super().__init__(
            " ".join(
                f"{member.short_name}: {objection.reason}"
                for member, against in self.reasons
                for objection in against
            )
        )


class EmailUnconfirmed(Refused):
    """The account's e-mail is not confirmed yet, and until then nothing can be bought (RULES 1.6)."""

    message = _("Confirm your e-mail address first: open the link we mailed you, then come back here.")


class CartGone(Refused):
    """The cart was let go, by its family or for a newer one."""

    message = _("This checkout was closed, and nothing was charged. Choose again on the schedule.")


class HoldRanOut(Refused):
    """The places are not held any more."""

    message = _("Your places were held until now and are free again. Nothing was charged. Hold them again.")


class PaymentUnderWay(Refused):
    """A payment for this cart has begun, and may still succeed."""

    message = _("A payment for this is under way. Wait until it is settled.")


class PaymentNeeded(Refused):
    """A cart that costs something is not given away."""

    message = _("Choose how to pay.")


class PriceChanged(Refused):
    """The page showed another total than the cart has now."""

    message = _("The price has changed since you opened this page. Nothing was charged. Check the new total.")


class SignatureMissing(Refused):
    """What has to be signed before paying is not."""

    message = _("Read the waiver and type your full name to sign it. Nothing was charged.")


class CardUnusable(Refused):
    """A card that is not this account's, or was removed, or did not get saved."""

    message = _("This card can’t be used. Nothing was charged. Choose another card.")


class LoanOver(Refused):
    """The card that was lent is lent no more, or this organisation may not charge it."""

    message = _(
        "This card is not lent to you here any more. Nothing was charged. Ask who lent it, or ask an owner of "
        "your account to book for you."
    )


class LentForOneself(Refused):
    """With a lent card one books for oneself."""

    message = _("With a card that is lent to you, you book for yourself only. Nothing was booked.")


class OverTheCap(Refused):
    """More than the month's cap on a lent card leaves (P07)."""

    def __init__(self, *, lender: str, left: str, total: str) -> None:
        super().__init__(
            _(
                "%(name)s’s card has %(left)s left for you this month, and this costs %(total)s. Nothing was charged. "
                "Ask %(name)s to raise the limit, or to pay: this checkout is on their page as well."
            )
            % {"name": lender, "left": left, "total": total}
        )


class CardNotForDesk(Refused):
    """A card that the desk may not use for everybody of the cart."""

    message = _(
        "This card may not be charged at the desk for these people. Nothing was charged. Choose another way."
    )


class PayerNotForDesk(Refused):
    """A household that does not pay for everybody of the cart."""

    message = _("This household does not pay for these people. Nothing was booked. Choose another way.")


class RightMissing(Refused):
    """Who stands at the desk may not book for somebody, and the reader may not pass that over."""

    def __init__(self, booker: str, people: "Sequence[str]") -> None:
        super().__init__(
            _(
                "%(booker)s may not book for %(names)s. A colleague who may pass over a missing right can, with "
                "a reason."
            )
            % {"booker": booker, "names": ", ".join(people)}
        )


class ReasonMissing(Refused):
    """A right is passed over with a reason only."""

    message = _("Write why you pass over the missing right. It is kept, and read by who checks.")
