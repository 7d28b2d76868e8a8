"""Asking another family to be linked, and answering it flag by flag (P14, RULES 2.5)."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.events import emit
from accounts.models import Member
from accounts.transactions import operation
from relationships import authority
from relationships.enums import LinkKind, RequestState
from relationships.errors import LinkDatesUnusable, NothingGiven, RequestGone, TooManyRequests
from relationships.events import LinkAnswered, LinkAsked
from relationships.models import LENT_FLAGS, MANAGER_FLAGS, LinkCode, LinkRequest, ManagerLink, NoContact
from relationships.operations import links
from relationships.operations.links import Terms

REQUEST_LASTS = timedelta(days=14)
CODE_LASTS = timedelta(days=7)
REQUESTS_A_DAY = 10


@operation
def show_code(*, by: Actor) -> LinkCode:
    """A code that the actor's member shows another family; the one before is dead (P14)."""
    if by.member is None:
        raise NotAllowed
    Member.objects.select_for_update(no_key=True).get(pk=by.member.pk)
    now = timezone.now()
    LinkCode.objects.filter(member=by.member, revoked_at__isnull=True).update(revoked_at=now)
    code = LinkCode.objects.create(member=by.member, expires_at=now + CODE_LASTS)
    audit.record(by=by, action="relationships.code_shown", target=code, members=[by.member])
    return code


def find_addressee(text: str) -> Member | None:
    """Whose login has this e-mail, confirmed, or who shows this code; nobody else is found (P14).

    The caller says the same in either case: this is no way to search other families.
    """
    typed = text.strip()
    members = Member.objects.filter(erased_at__isnull=True, user__is_active=True).select_related("account")
    if "@" in typed:
        login = Q(user__email=typed.lower(), user__emailaddress__verified=True)
        return members.filter(login).distinct().first()
    code = typed.upper().replace(" ", "").replace("-", "")
    shown = LinkCode.objects.filter(code=code, revoked_at__isnull=True, expires_at__gt=timezone.now())
    return members.filter(pk__in=shown.values("member")).first()


@operation
def ask(
    *,
    by: Actor,
    addressee: Member | None,
    terms: Terms,
    about: str = "",
    dependent: Member | None = None,
) -> LinkRequest | None:
    """Ask ``addressee`` to let the actor's member act for them or one of theirs, or, with ``dependent``, offer

    them to act for one of the actor's own people.

    Nobody found, oneself, or somebody kept apart: nothing is stored and None is returned, and the caller says
    the same as ever (RULES 2.1). The same request asked again is the first one. Raises NotAllowed,
    TooManyRequests, NothingGiven, LinkDatesUnusable. Emits LinkAsked.
    """
    if by.member is None:
        raise NotAllowed
    if dependent is not None:
        authority.may_grant(by, dependent).or_refuse()
    asked = sorted(set(terms.flags) & set(MANAGER_FLAGS))
    if not asked:
        raise NothingGiven
    if terms.ends_on is not None and terms.ends_on <= terms.starts_on:
        raise LinkDatesUnusable
    Member.objects.select_for_update(no_key=True).get(pk=by.member.pk)
    day = LinkRequest.objects.filter(asker=by.member, created_at__gt=timezone.now() - timedelta(days=1))
    if day.count() >= REQUESTS_A_DAY:
        raise TooManyRequests
    if addressee is None or addressee.pk == by.member.pk or _apart(by.member, addressee, dependent):
        return None
    request, is_new = LinkRequest.objects.get_or_create(
        asker=by.member,
        addressee=addressee,
        dependent=dependent,
        state=RequestState.ASKED,
        defaults={
            "about": about,
            "kind": terms.kind,
            "asked": asked,
            "lends": sorted(set(terms.flags) & set(LENT_FLAGS)),
            "is_legal_guardian": terms.is_legal_guardian,
            "starts_on": terms.starts_on,
            "ends_on": terms.ends_on,
            "expires_at": timezone.now() + REQUEST_LASTS,
        },
    )
    if is_new:
        _record(by, request, "relationships.link_requested")
        emit(LinkAsked(request=request, by=by))
    return request


@operation
def accept(
    *, by: Actor, request: LinkRequest, flags: Collection[str], dependent: Member | None = None
) -> ManagerLink:
    """The addressee accepts, all or some of what is asked; ``dependent`` says for whom, where it was left open.

    Raises RequestGone, NotAllowed, and what ``links.establish`` does. Emits LinkMade and LinkAnswered.
    """
    request = _open(request, by)
    wanted = set(flags) & set(request.asked)
    if request.dependent is None:
        subject = dependent or request.addressee
        manager = request.asker
        authority.may_grant(by, subject).or_refuse()
        wanted |= set(request.lends) & set(flags)
    else:
        subject, manager = request.dependent, request.addressee
        giver = Actor(kind=by.kind, user=request.asker.user, member=request.asker)
        authority.may_grant(giver, subject).or_refuse()  # the offer holds only while the asker may give
    if not wanted & set(MANAGER_FLAGS):
        raise NothingGiven
    link = links.establish(
        by=by,
        manager=manager,
        dependent=subject,
        terms=Terms(
            kind=LinkKind(request.kind),
            flags=wanted,
            starts_on=request.starts_on,
            ends_on=request.ends_on,
            is_legal_guardian=request.is_legal_guardian,
        ),
        asker=request.asker,
    )
    if request.dependent is not None and link.granted_by_id != request.asker_id:
        link.granted_by = request.asker
        link.save(update_fields=["granted_by"])
    _answer(by, request, RequestState.ACCEPTED, link)
    return link


@operation
def decline(*, by: Actor, request: LinkRequest) -> None:
    """The addressee says no; the asker is told so, and no reason. Raises RequestGone, NotAllowed."""
    _answer(by, _open(request, by), RequestState.DECLINED, None)


@operation
def withdraw(*, by: Actor, request: LinkRequest) -> None:
    """The asker takes the request back; one that was answered stays answered. Raises RequestGone."""
    if by.member is None or by.member.pk != request.asker_id:
        raise NotAllowed
    moved = LinkRequest.objects.filter(pk=request.pk, state=RequestState.ASKED)
    if not moved.update(state=RequestState.WITHDRAWN, answered_at=timezone.now()):
        raise RequestGone
    _record(by, request, "relationships.link_request_withdrawn")


def _open(request: LinkRequest, by: Actor) -> LinkRequest:
    """The request, locked, for its addressee."""
    if by.member is None or by.member.pk != request.addressee_id:
        raise NotAllowed
    rows = LinkRequest.objects.select_for_update(of=("self",)).select_related(
        "asker__user", "addressee__account", "dependent__account"
    )
    current = rows.filter(pk=request.pk, state=RequestState.ASKED, expires_at__gt=timezone.now()).first()
    if current is None:
        raise RequestGone
    return current


def _answer(by: Actor, request: LinkRequest, state: RequestState, link: ManagerLink | None) -> None:
    request.state, request.link = state, link
    request.answered_by, request.answered_at = by.member, timezone.now()
    request.save(update_fields=["state", "link", "answered_by", "answered_at"])
    is_yes = state is RequestState.ACCEPTED
    _record(by, request, "relationships.link_accepted" if is_yes else "relationships.link_declined")
    emit(LinkAnswered(request=request, by=by))


def _apart(asker: Member, addressee: Member, dependent: Member | None) -> bool:
    """A mark between any two of those concerned, or between the asker and the addressee's people."""
    theirs = Member.objects.filter(account=addressee.account_id).values("pk")
    near = {asker.pk, *([dependent.pk] if dependent else [])}
    marks = NoContact.objects.not_over().filter(
        Q(barred__in=near, protected__in=theirs) | Q(protected__in=near, barred__in=theirs)
    )
    return marks.exists()


def _record(by: Actor, request: LinkRequest, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        target=request,
        members=[pk for pk in (request.asker_id, request.addressee_id, request.dependent_id) if pk],
        changes={"asked": request.asked, "lends": request.lends},
    )
