"""What an owner keeps of those they no longer own: a link with what they had, to minors alone (RULES 4.3)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, Member
from relationships import authority
from relationships.enums import FamilyPermission, LinkKind
from relationships.errors import KeptApart
from relationships.models import ManagerLink
from relationships.operations import links

KEPT = tuple(flag.value for flag in FamilyPermission if flag is not FamilyPermission.SIGN)
LAST_ZONE = timedelta(hours=12)


def keep_links(
    *,
    by: Actor,
    manager: Member,
    account: Account,
    wanted: Collection[int] | None = None,
    is_legal_guardian: bool = False,
) -> None:
    """Links of ``manager`` to the minors of ``account``, all or those with an id in ``wanted``."""
    minors = account.members.filter(erased_at__isnull=True).exclude(pk=manager.pk).order_by("id")
    for minor in minors.select_related("account"):
        if wanted is None or minor.pk in wanted:
            keep_link(by=by, manager=manager, dependent=minor, is_legal_guardian=is_legal_guardian)


def keep_link(*, by: Actor, manager: Member, dependent: Member, is_legal_guardian: bool = False) -> None:
    """Everything an owner may for a minor, as a link that holds everywhere; to sign for a legal guardian only.

    Nothing for an adult, who decides alone, nor where a no-contact mark keeps the two apart.
    """
    if authority.is_adult(dependent):
        return
    try:
        links.refuse_kept_apart(manager, dependent, None)
    except KeptApart:
        return
    standing = ManagerLink.objects.filter(manager=manager, dependent=dependent, organization=None)
    kind = standing.filter(ended_at=None).values_list("kind", flat=True).first()
    link = links.establish(
        by=replace(by, staff=None),  # what is left of an ownership, whoever ended it: no link of staff's
        manager=manager,
        dependent=dependent,
        terms=links.Terms(
            kind=LinkKind(kind or LinkKind.OTHER),
            flags={*KEPT, FamilyPermission.SIGN.value} if is_legal_guardian else KEPT,
            starts_on=(timezone.now() - LAST_ZONE).date(),  # begun in every zone
            is_legal_guardian=is_legal_guardian,
        ),
    )
    if link.granted_by_id is None:  # a desk's act: the owner keeps it, and it ends with minority as any other
        link.granted_by = manager
        link.save(update_fields=["granted_by"])
