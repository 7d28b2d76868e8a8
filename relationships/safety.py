"""Who may pick a client up and who never, for staff: on rosters, on a profile, in one query (RULES 2.1, 2.11).

It holds what an organisation may know: its own copy of who is a client here, of anybody else the name by which a
family let them pick up, and the organisation's own marks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Trim
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.files import version_of
from accounts.models import AccountOwner, Organization
from accounts.people import format_phone
from clients.models import Client
from clients.searching import fold
from relationships import authority
from relationships.enums import LinkKind
from relationships.models import ManagerLink, NeverRelease, NoContact, PickUpPerson

MOST_ROWS = 2000
HUES = 8
OWNER, LINK, NAMED, NEVER, APART = "owner", "link", "named", "never", "apart"
COLUMNS = (
    "subject", "kind", "who", "said", "relation", "tel", "number", "picture", "key", "first", "over", "note", "by",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picker:
    """Somebody who may pick a client up. ``doubt`` says why staff should ask first, if they should."""

    pk: int
    name: str
    relation: str
    phone: str
    photo: str
    number: int | None
    first: date | None
    over: date | None
    tel: str = ""
    doubt: str = ""

    @property
    def last_day(self) -> date | None:
        """The last on which they may."""
        return self.over - timedelta(days=1) if self.over else None

    @property
    def hue(self) -> int:
        """The colour of their sign: a member's own, else one."""
        return self.pk % HUES + 1


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Somebody to whom a client is never released: a mark of staff, or a no-contact mark (``is_apart``)."""

    name: str
    description: str
    call: str
    photo: str
    code: str
    is_apart: bool


@dataclass
class Safety:
    """All of it about one client, on one day."""

    stops: list[Stop] = field(default_factory=list)
    pickers: list[Picker] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.stops or self.pickers)


def of_clients(organization: Organization, clients: Sequence[Client], on: date) -> dict[int, Safety]:
    """By client id, who may pick them up on a day and who never. One query, however many they are.

    Owners count for minors, links with ``pick_up`` and whom a family named for everybody. Whoever must not take
    the child is no picker, whatever right they have.
    """
    by_member = {client.member_id: client for client in clients}
    if not by_member:
        return {}
    of_age = authority.adult_if_born_by(organization, on)
    minors = [pk for pk, client in by_member.items() if client.born_on is None or client.born_on > of_age]
    rows: dict[int, list[dict[str, Any]]] = {}
    for values in _union(organization, list(by_member), minors, on)[:MOST_ROWS]:
        row = dict(zip(COLUMNS, values, strict=True))
        rows.setdefault(row["subject"], []).append(row)
    return {by_member[pk].pk: _safety(organization, found) for pk, found in rows.items()}


def of_client(organization: Organization, client: Client, on: date) -> Safety:
    """The same of one client. One query."""
    return of_clients(organization, [client], on).get(client.pk, Safety())


def _union(organization: Organization, members: list[int], minors: list[int], on: date) -> QuerySet[Any]:
    owners = AccountOwner.objects.filter(account__members__in=minors, member__erased_at__isnull=True)
    links = ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=on),
        Q(organization__isnull=True) | Q(organization=organization),
        dependent__in=members,
        pick_up=True,
        starts_on__lte=on,
        ended_at__isnull=True,
        manager__erased_at__isnull=True,
    )
    here = Q(organization__isnull=True) | Q(organization=organization)
    named = PickUpPerson.objects.allowed(on).filter(here, member__in=members)
    never = NeverRelease.objects.active(on).filter(organization=organization, client__member__in=members)
    apart = NoContact.objects.active().filter(organization=organization, protected__in=members)
    return (
        _rows(owners, OWNER, subject="account__members", **_person(organization, "member"))
        .union(
            _rows(
                links, LINK, subject="dependent", relation="kind", first="starts_on", over="ends_on",
                **_person(organization, "manager"),
            ),
            _rows(
                named, NAMED, subject="member", said="name", relation="relation", tel="phone", picture="photo",
                key="code", first="starts_on", over="ends_on", by="added_by",
            ),
            _rows(
                never, NEVER, subject="client__member", who="person", said="name", relation="description",
                note="call", picture="photo", key="code",
            ),
            _rows(apart, APART, subject="protected", key="code", **_person(organization, "barred")),
            all=True,
        )
        .order_by(_column("subject"), _column("kind"), _column("said"))
    )  # fmt: skip


def _person(organization: Organization, path: str) -> dict[str, Any]:
    """A member by this organisation's copy; of who is no client here the name alone."""
    here = Client.objects.standing().filter(organization=organization, member=OuterRef(path))
    name = Concat("given_name", Value(" "), "family_name", output_field=TextField())
    own = Concat(F(f"{path}__given_name"), Value(" "), F(f"{path}__family_name"), output_field=TextField())
    return {
        "who": path,
        "said": Trim(Coalesce(Subquery(here.annotate(n=name).values("n")[:1]), own)),
        "tel": Subquery(here.values("phone")[:1]),
        "number": Subquery(here.values("number")[:1]),
        "picture": Subquery(here.values("photo")[:1]),
    }


_NUMBERS, _DAYS = ("subject", "who", "number", "by"), ("first", "over")


def _rows(rows: QuerySet[Any], kind: str, **where: Any) -> QuerySet[Any]:
    """The columns of the union, each of one type in all its parts; what a part does not have is empty."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        source = Value(kind) if name == "kind" else where.get(name, Value(None, output_field=CharField()))
        columns[_column(name)] = Cast(F(source) if isinstance(source, str) else source, _type_of(name))
    found: QuerySet[Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return found


def _column(name: str) -> str:
    """So that no model has a field of the name."""
    return f"safety_{name}"


def _type_of(name: str) -> Any:
    if name in _NUMBERS:
        return BigIntegerField()
    return DateField() if name in _DAYS else TextField()


def _safety(organization: Organization, rows: Iterable[dict[str, Any]]) -> Safety:
    """One client's. Who is named twice, as an owner and by a link, is there once."""
    rows = list(rows)
    stops = [row for row in rows if row["kind"] in (NEVER, APART)]
    never = {row["who"] for row in stops if row["who"]}
    names = {fold(row["said"]) for row in stops}
    found = Safety(stops=[_stop(organization, row) for row in stops])
    seen: set[int] = set()
    for row in sorted(
        (row for row in rows if row not in stops), key=lambda row: (OWNER, LINK, NAMED).index(row["kind"])
    ):
        if row["who"] in never or row["who"] in seen:
            continue
        if row["who"]:
            seen.add(row["who"])
        found.pickers.append(_picker(organization, row, never, names))
    return found


def _picker(organization: Organization, row: dict[str, Any], never: set[int], names: set[str]) -> Picker:
    doubt = ""
    if row["by"] in never:
        doubt = _("Named by somebody to whom the child is never released")
    elif fold(row["said"]) in names:
        doubt = _("Has the name of somebody to whom the child is never released")
    return Picker(
        pk=row["who"] or 0,
        name=row["said"],
        relation=_relation(row),
        phone=format_phone(row["tel"], organization.country) if row["tel"] else "",
        photo=_photo(organization, row),
        number=row["number"],
        first=row["first"],
        over=row["over"],
        tel=row["tel"] or "",
        doubt=doubt,
    )


def _relation(row: dict[str, Any]) -> str:
    if row["kind"] == OWNER:
        return _("Owner of the account")
    return str(LinkKind(row["relation"]).label) if row["kind"] == LINK else row["relation"] or ""


def _stop(organization: Organization, row: dict[str, Any]) -> Stop:
    return Stop(
        name=row["said"],
        description=row["relation"] or "",
        call=row["note"] or "",
        photo=_photo(organization, row),
        code=row["key"],
        is_apart=row["kind"] == APART,
    )


def _photo(organization: Organization, row: dict[str, Any]) -> str:
    """The address of a picture; the view asks whether it may be seen."""
    if not row["picture"]:
        return ""
    if row["kind"] == NAMED:
        url = reverse("staff:pick_up_photo", args=[organization.slug, row["key"]])
    elif row["kind"] == NEVER:
        url = reverse("staff:never_release_photo", args=[organization.slug, row["key"]])
    else:
        url = reverse("staff:client_photo", args=[organization.slug, row["number"]])
    return f"{url}?v={version_of(row['picture'])}"
