"""What people are told when somebody moves from one account to another (RULES 4.3)."""

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.events import AccountJoined, MemberMoved
from accounts.models import Account, Member
from accounts.places import family_home
from messaging import outbox
from messaging.handlers import address_of
from relationships.enums import MoveAnswerKind
from relationships.events import MoveAsked, MoveClosed
from relationships.models import MoveRequest, NoContact
from relationships.operations.moves import asked_owners


def mail_moved(event: MemberMoved) -> None:
    """Owners of both accounts, and the person where they have a login, save whoever must not learn of them.

    Nobody is told of an account that staff run.
    """
    told: dict[int, tuple[Member, str]] = {}
    if event.from_account.kept_by_id is None:
        told |= {owner.pk: (owner, "moved_out") for owner in _owners(event.from_account, event.member)}
        told |= {owner.pk: (owner, "moved_in") for owner in _owners(event.to_account, event.member)}
        if event.member.user_id is not None:
            told[event.member.pk] = (event.member, "moved")
    for reader, template in told.values():
        address = reader.user.email if reader.user else reader.email
        outbox.queue(
            template=f"messaging/email/{template}",
            address=address,
            dedupe_key=_key(event, reader),
            context={
                "name": reader.short_name,
                "who": event.member.full_name,
                "home_url": settings.BASE_URL.rstrip("/") + family_home(),
            },
            member_ids=[reader.pk, event.member.pk],
            reader=reader,
        )


def mail_joined(event: AccountJoined) -> None:
    """Every owner of the family's account: whoever did not do it should know."""
    owners = Member.objects.filter(ownership__account=event.account, erased_at__isnull=True)
    for owner in owners.select_related("user").order_by("pk"):
        outbox.queue(
            template="messaging/email/joined",
            address=owner.user.email if owner.user else owner.email,
            dedupe_key=f"joined:{event.left.pk}:{event.account.pk}:{event.at.timestamp():.6f}:{owner.pk}",
            context={
                "name": owner.short_name,
                "sender": event.organization.name,
                "by_oneself": owner.pk == event.member.pk,
                "home_url": settings.BASE_URL.rstrip("/") + family_home(),
            },
            member_ids=[owner.pk],
            organization=event.organization,
            reader=owner,
        )


def mail_move_asked(event: MoveAsked) -> None:
    """Each owner who is asked, of either account; whoever asks knows."""
    request = event.request
    asker = request.asked_by.full_name if request.asked_by else ""
    for reader in asked_owners(request):
        if reader != request.asked_by:
            _about_request("move_asked", request, reader, asker=asker, note=request.note)


def mail_move_closed(event: MoveClosed) -> None:
    """The asker, and each owner who had agreed, read that nobody moves; of a no, no reason and no name."""
    request = event.request
    agreed = request.answers.filter(answer=MoveAnswerKind.AGREED).select_related("owner__user")
    readers = {each.owner_id: each.owner for each in agreed}
    for reader in readers.values():
        if reader != event.by.member:
            _about_request("move_closed", request, reader, state=str(request.state))


def _about_request(template: str, request: MoveRequest, reader: Member, **words: str) -> None:
    outbox.queue(
        template=f"messaging/email/{template}",
        address=reader.user.email if reader.user else reader.email,
        dedupe_key=f"{template}:{request.pk}:{reader.pk}",
        context={
            "name": reader.short_name,
            "who": request.member.full_name,
            "until": request.expires_at,
            "page_url": address_of("portal:move", request.code),
            **words,
        },
        member_ids=[reader.pk, request.member_id],
        reader=reader,
    )


def _owners(account: Account, member: Member) -> list[Member]:
    """The owners of ``account`` who may learn of ``member``."""
    barred = NoContact.objects.active().filter(barred=OuterRef("pk"), protected=member)
    owners = Member.objects.filter(~Exists(barred), ownership__account=account, erased_at__isnull=True)
    return list(owners.exclude(pk=member.pk).select_related("user").order_by("pk"))


def _key(event: MemberMoved, reader: Member) -> str:
    """One mail a move: a person may go, come back and go again."""
    return f"moved:{event.member.pk}:{event.at.timestamp():.6f}:{reader.pk}"
