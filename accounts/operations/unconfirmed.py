"""Accounts that nobody confirmed: after thirty days without activity they are gone (RULES 1.6)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.events import ForgettingUnconfirmed, emit
from accounts.models import Account, AccountOwner, User

KEPT_FOR = timedelta(days=30)


def forget_all(*, by: Actor) -> int:
    """Delete every account that signed up, was never confirmed and did nothing for thirty days; how many.

    One transaction each, so that one that cannot go keeps no other. Running it again is safe.
    """
    old = Account.objects.filter(
        confirmed_at__isnull=True,
        kept_by__isnull=True,
        erased_at__isnull=True,
        created_at__lt=timezone.now() - KEPT_FOR,
    )
    return sum(_forget(by, pk) for pk in old.order_by("id").values_list("pk", flat=True))


def _forget(by: Actor, pk: int) -> bool:
    try:
        with transaction.atomic():
            return _delete(by, pk)
    except (ProtectedError, RestrictedError):
        return False  # somebody booked for them, works as staff, signed: that is activity


def _delete(by: Actor, pk: int) -> bool:
    account = Account.objects.select_for_update().filter(pk=pk, confirmed_at__isnull=True).first()
    if account is None:
        return False
    members = tuple(account.members.all())
    emit(ForgettingUnconfirmed(account=account, members=members, by=by))
    AccountOwner.objects.filter(account=account).delete()
    users = [member.user_id for member in members if member.user_id]
    audit.record(by=by, action="accounts.unconfirmed_forgotten", target=account, members=members)
    account.members.all().delete()
    User.objects.filter(pk__in=users).delete()
    account.delete()
    return True
