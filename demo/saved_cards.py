"""The cards that two of the demo's families have saved, at the local Stripe."""

import logging

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Member
from billing import flows
from billing.devstripe.cards import MASTERCARD, VISA, CardNotAttached, save_test_card
from billing.errors import StripeUnavailable
from billing.models import PaymentMethod
from config import demo_logins

logger = logging.getLogger(__name__)
CARDS = ((demo_logins.OWNER.email, VISA), (demo_logins.OTHER_GUARDIAN.email, MASTERCARD))


def save() -> None:
    """Save them as their holders would, once. Without the local Stripe the demo has none."""
    for email, number in CARDS:
        member = Member.objects.select_related("account", "user").get(user__email=email)
        if PaymentMethod.objects.filter(account=member.account).exists():
            continue
        by = Actor(kind=ActorKind.PERSON, user=member.user, member=member)
        try:
            setup = flows.begin_card(by=by, account=member.account, once="demo")
            save_test_card(setup.id, number)
            flows.save_card(by=by, account=member.account, setup_intent=setup.id)
        except (StripeUnavailable, CardNotAttached, OSError, RuntimeError) as error:
            logger.warning("the demo has no saved cards: %s", error)
            return
