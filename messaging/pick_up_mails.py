"""The other guardians of a child are told who may pick it up now (RULES 2.10, 2.11)."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from messaging import outbox
from relationships.events import PickUpPersonAdded, PickUpPersonChanged, PickUpPersonEnded
from relationships.models import ManagerLink, NeverRelease, NoContact

FOLDER = "messaging/email/pick_up/"


def mail_added(event: PickUpPersonAdded) -> None:
    """Somebody is on the list."""
    _tell("added", event)


def mail_changed(event: PickUpPersonChanged) -> None:
    """Who it is, or when, is another."""
    _tell("changed", event)


def mail_ended(event: PickUpPersonEnded) -> None:
    """Somebody is off the list."""
    _tell("ended", event)


def _tell(what: str, event: PickUpPersonAdded | PickUpPersonChanged | PickUpPersonEnded) -> None:
    """The doer's own household reads who it is, another guardian only that something changed (RULES 2.10)."""
    person, member = event.person, event.person.member
    doer = event.by.member
    for reader in _guardians(member).exclude(pk__in=[doer.pk] if doer else []):
        is_own = doer is not None and doer.account_id == reader.account_id
        outbox.queue(
            template=FOLDER + what,
            address=reader.email,
            dedupe_key=f"pick-up-{what}:{person.pk}:{reader.pk}:{timezone.now().isoformat()}",
            context={
                "name": reader.short_name,
                "child": member.short_name,
                "person": person.name if is_own else "",
                "doer": doer.full_name if doer and is_own else "",
                "from": person.starts_on,
                "until": person.ends_on,
                "path": reverse("portal:person", args=[member.code]),
            },
            member_ids=[member.pk, reader.pk],
            reader=reader,
        )


def _guardians(member: Member) -> QuerySet[Member]:
    """Owners, legal guardians and who may pick up, each with a login.

    Nobody who is barred from the child, and nobody to whom it is never released: they read nothing of it.
    """
    today = timezone.now().date()
    links = ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today),
        Q(pick_up=True) | Q(is_legal_guardian=True),
        dependent=member,
        starts_on__lte=today,
        ended_at__isnull=True,
        view=True,
    )
    near = Member.objects.order_by().values("pk")
    found = near.filter(ownership__account=member.account_id).union(
        near.filter(pk__in=links.values("manager"))
    )
    return (
        Member.objects.filter(pk__in=found, user__isnull=False, erased_at__isnull=True)
        .exclude(pk__in=NoContact.objects.active().filter(protected=member).values("barred"))
        .exclude(
            pk__in=NeverRelease.objects.active()
            .filter(client__member=member, person__isnull=False)
            .values("person")
        )
        .exclude(pk=member.pk)
        .order_by("pk")
    )
