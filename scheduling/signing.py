"""What a family has still to sign, outside a checkout: on its first page, and on a page of its own (P09).

``to_sign`` answers for one organisation by ``waivers.requirements.missing``; ``load_unsigned`` reads the same for
all of them in one statement, and a test holds the two together.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import PortalRequest
from accounts.actors import Actor
from accounts.models import Member, Organization
from accounts.registries import ToDo, ToDos
from accounts.statements import Statement
from clients.enums import ClientStatus
from clients.models import Client
from relationships import authority
from relationships.enums import FamilyPermission
from scheduling.enums import RegistrationState
from scheduling.models import Registration
from waivers.enums import Frequency
from waivers.holding import holding
from waivers.models import DocumentVersion, Requirement
from waivers.requirements import Missing, missing

MOST = 5
MOST_READ = 20
_PLACE = Organization(pk=-1)  # a stand-in: accounts.statements
COMING = (RegistrationState.HELD, RegistrationState.BOOKED)


def people_at(actor: Actor, organization: Organization) -> list[Member]:
    """Whom the reader may see at the organisation and who take part there: the eldest first."""
    members = authority.subjects(actor, FamilyPermission.VIEW, organization)
    clients = _taking_part().filter(organization=organization).values("member")
    return list(members.filter(pk__in=clients).select_related("account").order_by("born_on", "pk"))


def to_sign(organization: Organization, members: Sequence[Member]) -> list[Missing]:
    """What ``members`` have still to sign there: what is asked of everyone, and of what they are booked for."""
    extra: dict[int, list[Requirement]] = {}
    asked = _coming().filter(organization=organization, client__member__in=members)
    pairs = set(
        asked.exclude(session__service__requirements__isnull=True).values_list(
            "client__member", "session__service__requirements__requirement"
        )
    )
    named = Requirement.objects.in_bulk({pk for _member, pk in pairs})
    for member_id, pk in sorted(pairs):
        extra.setdefault(member_id, []).append(named[pk])
    return missing(organization=organization, members=members, at=timezone.now(), extra=extra)


def load_unsigned(request: HttpRequest, members: Sequence[Member]) -> list[ToDo]:
    """Waivers and forms that the reader may sign for some of ``members``, an organisation each. One query."""
    at = getattr(request, "at", None)
    signable = cast(PortalRequest, request).signable
    people = [member.pk for member in members if member.pk in signable]
    where = {} if at is None else {_PLACE.pk: at.pk}
    found: dict[str, tuple[str, list[str], list[str]]] = {}
    for slug, place, title, who in _statement(at is not None).fetch(where, people):
        _place, titles, names = found.setdefault(slug, (place, [], []))
        titles += [title] if title not in titles else []
        names += [name for name in who if name not in names]
    return [_to_do(slug, *each) for slug, each in list(found.items())[:MOST]]


@cache
def _statement(is_at_one: bool) -> Statement:
    """Slug, name, title and first names of each text that somebody has not signed, place by place."""
    people = RawSQL("SELECT unnest(%s::bigint[])", [[]])  # nosec B611
    clients = _taking_part().filter(organization=OuterRef("organization"), member__in=people)
    places = _taking_part().filter(member__in=people).values("organization")
    rows = _standing(_PLACE if is_at_one else None).filter(organization__in=places)
    found = rows.annotate(who=_unsigned_by(clients)).filter(who__len__gt=0)
    ordered = found.order_by("organization__name", "document__title", "pk")
    columns = ("organization__slug", "organization__name", "document__title", "who")
    return Statement.of(ordered.values_list(*columns)[:MOST_READ])


def _to_do(slug: str, place: str, titles: list[str], names: list[str]) -> ToDo:
    facts = {"place": place, "titles": ", ".join(titles), "names": ", ".join(names)}
    return ToDo(
        title=_("Sign for %(place)s") % facts,
        text=_("%(titles)s, for %(names)s.") % facts,
        url=reverse("portal:sign", args=[slug]),
        action=_("Read and sign"),
        icon="pencil-square",
        kind="wait",
    )


def _standing(at: Organization | None) -> QuerySet[Any]:
    """Requirements that ask for something now, of a document with a published text."""
    today = timezone.now().date()
    texts = DocumentVersion.objects.filter(document=OuterRef("document"), published_at__isnull=False)
    rows = Requirement.objects.filter(
        ~Q(frequency=Frequency.SEASON) | Q(season_ends_on__isnull=True) | Q(season_ends_on__gte=today),
        Exists(texts),
        is_active=True,
        document__is_retired=False,
    )
    return rows if at is None else rows.filter(organization=at)


def _unsigned_by(clients: QuerySet[Client]) -> ArraySubquery:
    """First names of those clients of whom a requirement asks a signature that they have not."""
    given = holding(timezone.now()).filter(version__document=OuterRef(OuterRef("document")))
    booked = _coming().filter(
        client=OuterRef("pk"), session__service__requirements__requirement=OuterRef(OuterRef("pk"))
    )
    for_all = ExpressionWrapper(OuterRef("is_for_everyone"), output_field=BooleanField())
    wanting = clients.filter(
        for_all | Exists(booked),
        ~Exists(given.filter(client=OuterRef("pk"))),
        ~Exists(given.filter(client__merged_into=OuterRef("pk"))),
    )
    name = Coalesce(NullIf(F("member__preferred_name"), Value("")), F("member__given_name"))
    return ArraySubquery(wanting.order_by("member__born_on", "pk").values_list(name, flat=True))


def _taking_part() -> QuerySet[Client]:
    return Client.objects.filter(status=ClientStatus.ACTIVE, participates=True)


def _coming() -> QuerySet[Registration]:
    return Registration.objects.filter(
        state__in=COMING, session__ends_at__gt=timezone.now(), session__cancelled_at__isnull=True
    )


unsigned = ToDos(key="unsigned", order=15, load=load_unsigned)
