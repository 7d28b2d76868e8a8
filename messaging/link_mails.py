"""What people are told about links: who asks, what was answered, made, asked for and ended (RULES 2.5, 2.10)."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountOwner, Member
from messaging import outbox
from relationships import authority
from relationships.enums import RequestState
from relationships.events import LinkAnswered, LinkAsked, LinkEnded, LinkMade, LinkWaits
from relationships.models import LinkRequest, ManagerLink, NoContact

FOLDER = "messaging/email/links/"


def mail_request(event: LinkAsked) -> None:
    """Who is asked reads exactly what for, until when, and that nothing counts before they answer."""
    request = event.request
    _write(
        [request.addressee],
        template="asked",
        key=f"link-request:{request.pk}",
        about=_people(request),
        context={
            "asker": request.asker.full_name,
            "about": request.about,
            "dependent": request.dependent.short_name if request.dependent else "",
            "flags": request.asked,
            "lends": request.lends,
            "kind": request.kind,
            "from": request.starts_on,
            "until": request.ends_on,
        },
        page="portal:rights",
    )


def mail_answer(event: LinkAnswered) -> None:
    """The asker reads what was accepted; of a no, no reason."""
    request = event.request
    link = request.link
    _write(
        [request.asker],
        template="accepted" if request.state == RequestState.ACCEPTED else "declined",
        key=f"link-answer:{request.pk}",
        about=_people(request),
        context={
            "addressee": request.addressee.full_name,
            "dependent": link.dependent.short_name if link else "",
            "flags": [flag for flag in request.asked if link and getattr(link, flag)],
        },
        page="portal:rights",
    )


def mail_made(event: LinkMade) -> None:
    """Both sides, and every owner who decides for the dependent, read what is new; not whoever did it."""
    link = event.link
    if not event.gained:
        return
    _about_link("made", link, _others(link, event.by.member, event.asker), event.gained)


def mail_waiting(event: LinkWaits) -> None:
    """Who decides for the dependent is asked for more."""
    _about_link("waits", event.link, _deciders(event.link.dependent), event.flags)


def mail_ended(event: LinkEnded) -> None:
    """Both sides read that the link gives nothing any more; not whoever ended it."""
    _about_link("ended", event.link, _others(event.link, event.by.member), ())


def _about_link(what: str, link: ManagerLink, readers: Iterable[Member], flags: Iterable[str]) -> None:
    _write(
        readers,
        template=what,
        key=f"link-{what}:{link.pk}:{'-'.join(sorted(flags))}:{_ten_minutes()}",
        about=[link.manager_id, link.dependent_id],
        context={
            "manager": link.manager.full_name,
            "dependent": link.dependent.short_name,
            "flags": list(flags),
            "from": link.starts_on,
            "until": link.ends_on,
            "by_desk": link.organization.name if link.organization and link.made_by_staff_id else "",
        },
        page="portal:rights",
        link=link,
    )


def _write(
    readers: Iterable[Member],
    *,
    template: str,
    key: str,
    about: list[int],
    context: dict[str, Any],
    page: str,
    link: ManagerLink | None = None,
) -> None:
    apart = set(NoContact.objects.active().filter(protected__in=about).values_list("barred", flat=True))
    for reader in readers:
        if reader.pk in apart or reader.user_id is None:
            continue  # a barred person learns nothing (RULES 2.1); without a login there is nobody to answer
        outbox.queue(
            template=FOLDER + template,
            address=reader.email,
            dedupe_key=f"{key}:{reader.pk}",
            context=context | {"name": reader.short_name, "path": reverse(page)},
            member_ids=[*about, reader.pk],
            organization=link.organization if link else None,
            reader=reader,
        )


def _ten_minutes() -> int:
    """The same again after a while is news; within a moment it is a second press."""
    return int(timezone.now().timestamp()) // 600


def _deciders(dependent: Member) -> list[Member]:
    """The adult who decides alone, else the owners of the account."""
    if dependent.user_id is not None and authority.is_adult(dependent):
        return [dependent]
    owners = AccountOwner.objects.filter(account=dependent.account_id).select_related("member")
    return [owner.member for owner in owners.order_by("member")]


def _others(link: ManagerLink, *informed: Member | None) -> list[Member]:
    """Both sides but whoever did it or knows of it, each once."""
    everybody = {member.pk: member for member in (link.manager, *_deciders(link.dependent))}
    known = {member.pk for member in informed if member}
    return [member for pk, member in everybody.items() if pk not in known]


def _people(request: LinkRequest) -> list[int]:
    return [pk for pk in (request.asker_id, request.addressee_id, request.dependent_id) if pk]
