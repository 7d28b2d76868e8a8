"""The links that owners hold to people of their own account (RULES 2.4)."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Account, Member
from relationships.enums import LinkKind
from relationships.models import ManagerLink
from relationships.operations.keeping import LAST_ZONE


def between(manager: Member, dependent: Member, *, granted_by: Member | None) -> ManagerLink:
    """The link of ``manager`` to ``dependent`` that holds everywhere, made without any right if there is none.

    The account's row must be locked, so that there is one.
    """
    standing = of(dependent).filter(manager=manager).order_by("id").first()
    if standing is not None:
        return standing
    return ManagerLink.objects.create(
        manager=manager,
        dependent=dependent,
        kind=LinkKind.OTHER,
        starts_on=(timezone.now() - LAST_ZONE).date(),  # begun in every zone
        granted_by=granted_by,
    )


def of(dependent: Member) -> QuerySet[ManagerLink]:
    """The links to ``dependent`` that hold everywhere and have no end."""
    return ManagerLink.objects.select_for_update().filter(
        dependent=dependent, organization__isnull=True, ends_on__isnull=True, ended_at__isnull=True
    )


def of_owners(account: Account, dependent: Member) -> QuerySet[ManagerLink]:
    """Those of them that an owner of ``account`` holds."""
    return of(dependent).filter(manager__ownership__account=account)
