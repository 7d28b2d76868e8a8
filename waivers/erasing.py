"""Signatures of people who are erased: what an organisation must keep is kept until its day (RULES 4.4)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Case, DateTimeField, DurationField, F, Func, Min, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.privacy import erasing, showing
from accounts.privacy.erasing import Retention
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Fate, Holding, Line
from waivers.models import Signature


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(Signature, lambda leaving: _theirs(leaving).filter(due_at__lte=timezone.now()))
    erasing.retentions.register(Retention(key="waivers", order=10, until=until))
    showing.holdings.register(Holding(key="waivers", order=40, tell=tell))


def until(leaving: Leaving) -> date | None:
    """The day on which the first signature that is kept may go."""
    kept = _theirs(leaving).filter(due_at__gt=timezone.now()).exclude(typed_name="")
    first = kept.aggregate(first=Min("due_at"))["first"]
    return first.date() if first else None


def tell(leaving: Leaving) -> Iterator[Line]:
    """What stays and until when, first; then what goes. One query."""
    now = timezone.now()
    counts: dict[int | None, int] = {}
    for signature in _theirs(leaving).select_related("version__document", "organization", "client"):
        member = signature.client.member_id if signature.client.member_id in leaving.members else None
        if signature.due_at > now:
            yield Line(
                fate=Fate.LATER,
                member=member,
                text=_("The signature under “%(title)s”: %(organization)s must keep it")
                % {
                    "title": signature.version.document.title,
                    "organization": signature.organization.name,
                },
                until=signature.due_at.date(),
            )
        else:
            counts[member] = counts.get(member, 0) + 1
    for member, count in counts.items():
        yield Line(
            fate=Fate.GOES,
            member=member,
            text=ngettext("The name under %(count)s signature", "The names under %(count)s signatures", count)
            % {"count": count},
        )


def _theirs(leaving: Leaving) -> QuerySet[Any]:
    """Given by them or for them, each with ``due_at``, when nobody must keep it any more."""
    years = F("version__document__retention_years")
    kept_for = Func(years, template="make_interval(years => %(expressions)s)", output_field=DurationField())
    ended = Coalesce("expires_at", "signed_at")
    due_at = Case(
        When(version__document__retention_years=0, then="signed_at"),
        default=ended + kept_for,
        output_field=DateTimeField(),
    )
    theirs = Q(signer__in=leaving.members) | Q(client__member__in=leaving.members)
    return Signature.objects.filter(theirs).annotate(due_at=due_at)
