"""What staff note about a client."""

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from accounts.errors import PersonErased
from accounts.models import Member
from accounts.permissions import Permission
from accounts.transactions import operation
from clients.enums import ClientStatus, MemoAudience
from clients.errors import MemoEmpty, MemoTooLong
from clients.models import Client, Memo
from clients.operations import activity, admission

MAX_LENGTH = 500


@operation
def write(
    *,
    by: Actor,
    client: Client,
    text: str,
    audience: MemoAudience = MemoAudience.STAFF,
    is_starred: bool = False,
) -> Memo:
    """Note ``text`` about ``client``. A starred memo shows on rosters (RULES 5.3).

    Who reads it is fixed once it is saved. Raises NotAllowed without MEMOS_WRITE, or without MEMOS_STAR
    for a starred one; MemoEmpty, MemoTooLong, PersonErased. The text never enters the audit.
    """
    by.needs(Permission.MEMOS_WRITE)
    if is_starred:
        by.needs(Permission.MEMOS_STAR)
    text = text.strip()
    if not text:
        raise MemoEmpty
    if len(text) > MAX_LENGTH:
        raise MemoTooLong
    activity.touch_where(Q(pk=client.household_id))
    client = admission.standing(client)
    if client.status == ClientStatus.ERASED or Member.objects.filter(
        pk=client.member_id, erased_at__isnull=False
    ):
        raise PersonErased
    memo = Memo.objects.create(
        organization=client.organization,
        client=client,
        author=by.staff,
        audience=audience,
        text=text,
        is_starred=is_starred,
    )
    audit.record(
        by=by,
        action="clients.memo_written",
        target=memo,
        organization=client.organization,
        members=[client.member_id],
        changes={"audience": str(audience), "is_starred": is_starred},
    )
    return memo


@operation
def star(*, by: Actor, memo: Memo, is_starred: bool) -> Memo:
    """Show a memo on rosters, or no longer. Raises NotAllowed without MEMOS_STAR."""
    by.needs(Permission.MEMOS_STAR)
    if Memo.objects.filter(pk=memo.pk, is_starred=not is_starred).update(is_starred=is_starred):
        audit.record(
            by=by,
            action="clients.memo_starred" if is_starred else "clients.memo_unstarred",
            target=memo,
            organization=memo.organization,
            members=[memo.client.member_id],
        )
    memo.is_starred = is_starred
    return memo
