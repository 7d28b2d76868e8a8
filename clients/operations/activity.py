"""When a family last did something at an organisation (D09): the one place that says so.

Activity is what happens *here*: a sign-up on the organisation's page, a claimed account, a held cart or a
purchase, a signature, a check-in, and what staff enter. Logging in to the portal and changing one's own
people is none: both happen at no organisation, or at all of them, and one organisation would learn of what
a family does at another (RULES 1.5).
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.events import AccountClaimed
from clients.models import Household

KEPT_TO = timedelta(days=1)


def touch(household: Household, at: datetime | None = None) -> None:
    """``household``, as just read, is active, and on lists again if it was hidden.

    One conditional UPDATE a day, nothing for the rest of it. Takes the household's row lock (RULES 3.9).
    """
    at = at or timezone.now()
    if household.hidden_at is None and household.last_activity_at > at - KEPT_TO:
        return
    touch_where(Q(pk=household.pk), at)
    household.last_activity_at, household.hidden_at = at, None


def touch_where(which: Q, at: datetime | None = None) -> None:
    """As ``touch``, for households that are not read: one UPDATE, which changes nothing a second time a day."""
    at = at or timezone.now()
    is_stale = Q(last_activity_at__lte=at - KEPT_TO) | Q(hidden_at__isnull=False)
    Household.objects.filter(which & is_stale).update(last_activity_at=at, hidden_at=None)


def note_claim(event: AccountClaimed) -> None:
    """Somebody took the account over: its household here is active."""
    touch_where(Q(organization=event.organization, account=event.account))
