"""What an organisation knows of people, erased: profiles and households stay as numbers (RULES 4.4)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Organization
from accounts.privacy import erasing, leaving, own, showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Fate, Holding, Line
from clients import naming
from clients.enums import ClientStatus
from clients.models import Client, Household


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(
        Household,
        _households,
        instead={"name": numbered(own.NAMELESS_ACCOUNT)},
        also={"erased_at": Coalesce(F("erased_at"), Now())},
        order=10,  # before the clients in them (RULES 3.9)
    )
    erasing.register(
        Client,
        lambda who: Client.objects.filter(member__in=who.members),
        instead={"given_name": numbered(own.NAMELESS)},
        also={
            "status": Case(
                When(status=ClientStatus.MERGED, then=Value(ClientStatus.MERGED)),
                default=Value(ClientStatus.ERASED),
            ),
            "staff_set": [],
            "family_changed": [],
        },
        then=_rename_households,
        order=20,
    )
    leaving.register_same(_joined)
    showing.holdings.register(Holding(key="clients", order=20, tell=tell))


def numbered(text: Promise) -> Any:
    """``text`` and the row's own number, in the language of its organisation."""
    spoken = [
        When(locale__startswith=code, then=Value(own.in_our_language(text, code)))
        for code, _name in settings.LANGUAGES
    ]
    words = Case(*spoken, default=Value(own.in_our_language(text)), output_field=CharField())
    here = Organization.objects.filter(pk=OuterRef("organization")).annotate(words=words)
    return Concat(Subquery(here.values("words")), Value(" "), Cast("number", CharField()))


def tell(who: Leaving) -> Iterator[Line]:
    """Each profile, by organisation. One query."""
    clients = Client.objects.filter(member__in=who.members).select_related("organization")
    for client in clients.order_by("organization__name", "pk"):
        yield Line(
            fate=Fate.GOES,
            member=client.member_id,
            text=_("The profile at %(organization)s, with what staff noted there")
            % {"organization": client.organization.name},
        )


def _joined(members: Sequence[int]) -> Iterable[int]:
    """Whom an organisation entered itself, and joined with one of ``members``: no family has them (RULES 4.1)."""
    twice = Client.objects.filter(
        merged_into__member__in=members,
        member__user__isnull=True,
        member__account__kept_by=F("organization"),
    )
    return twice.values_list("member_id", flat=True)


def _households(who: Leaving) -> QuerySet[Household]:
    if not who.is_whole:
        return Household.objects.none()
    return Household.objects.filter(account=who.account)


def _rename_households(who: Leaving) -> None:
    """Who stays is no longer found by the names of who left, and bills go to another owner (RULES 1.7)."""
    if who.is_whole:
        return
    first = who.account.ownerships.order_by("since", "id").first()
    homes = Household.objects.filter(account=who.account)
    homes.filter(billing_contact__in=who.members).update(billing_contact=first and first.member_id)
    for household in homes.select_related("organization").order_by("id"):
        naming.refresh(household.organization, [household])
