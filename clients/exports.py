"""What clients puts into an export: each organisation's copy of a person, its household, and memos for the family."""

from collections.abc import Iterator, Mapping

from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exporting import (
    Column,
    ExportedFile,
    ExportPart,
    Holding,
    LeftOut,
    Row,
    Scope,
    columns,
    counted,
    export_left_out,
    export_parts,
    picture,
    privacy_holdings,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON, person_columns
from accounts.models import Person
from clients.enums import ClientStatus, MemoAudience, Share
from clients.models import Client, Household, Memo


def households(scope: Scope) -> Iterator[Row]:
    """The account as each organisation sees it, for who owns it."""
    if not scope.runs_account:
        return
    rows = Household.objects.filter(account=scope.account).select_related("organization", "merged_into")
    for each in stream(rows.order_by("pk")):
        yield {
            "organization": each.organization.name,
            "number": each.number,
            "name": each.name,
            "bills_go_to": scope.name_of(each.billing_contact_id),
            "since": each.created_at,
            "last_activity_at": each.last_activity_at,
            "hidden_at": each.hidden_at,
            "joined_into": each.merged_into.number if each.merged_into else None,
        }


def clients(scope: Scope) -> Iterator[Row]:
    """Each organisation's copy. One that was joined into another says which, and stays as it was."""
    rows = Client.objects.filter(member__in=scope.whole).select_related("organization", "merged_into")
    for each in stream(rows.order_by("pk")):
        yield {
            "person": scope.person(each.member_id),
            "organization": each.organization.name,
            "number": each.number,
            "status": each.status,
            "takes_part": each.participates,
            **{name: getattr(each, name) for name in Person.personal_fields},
            "shares": each.shares,
            "set_by_staff": each.staff_set,
            "photo_file": _picture(each),
            "since": each.created_at,
            "joined_into": each.merged_into.number if each.merged_into else None,
        }


def photos(scope: Scope) -> Iterator[ExportedFile]:
    """The pictures that organisations took."""
    rows = Client.objects.filter(member__in=scope.whole).exclude(photo="").select_related("organization")
    for each in stream(rows.order_by("pk")):
        yield ExportedFile(_picture(each), each.photo.name)


def memos(scope: Scope) -> Iterator[Row]:
    """What staff wrote for the family to read. Their own notes are the organisation's (RULES 5.3)."""
    rows = Memo.objects.filter(client__member__in=scope.whole, audience=MemoAudience.FAMILY)
    for each in stream(rows.select_related("organization", "client").order_by("pk")):
        yield {
            "person": scope.person(each.client.member_id),
            "organization": each.organization.name,
            "written_at": each.created_at,
            "text": each.text,
        }


def count_clients(scope: Scope) -> Mapping[int | None, int]:
    """People that each organisation knows. One query."""
    rows = Client.objects.filter(member__in=scope.whole).exclude(status=ClientStatus.MERGED)
    return counted(rows.order_by().values_list("organization").annotate(n=Count("pk")))


def _picture(client: Client) -> str:
    return picture(client.organization.slug, str(client.number), client.photo.name or "")


def _in_words(n: int) -> str:
    text = ngettext(
        "%(n)s person, with a copy of the details that you share",
        "%(n)s people, with a copy of the details that you share", n,
    )  # fmt: skip
    return text % {"n": n}


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    export_left_out.register(NOTES)
    privacy_holdings.register(Holding(key="clients", order=20, count=count_clients, words=_in_words))


PARTS = (
    ExportPart(
        key="households",
        order=15,
        title=_("Your account at organisations"),
        about=_("Your family as each organisation keeps it."),
        columns=(
            ORGANIZATION,
            *columns(
                number=_("Number"), name=_("Name"), bills_go_to=_("Bills go to"), since=_("Since"),
                last_activity_at=_("Last activity"), hidden_at=_("Hidden since"), joined_into=_("Joined into"),
            ),
        ),
        rows=households,
        models=("clients.Household",),
    ),
    ExportPart(
        key="clients",
        order=25,
        title=_("Copies at organisations"),
        about=_(
            "What each organisation keeps of a person: it follows what your family says and shares, save what the "
            "organisation’s staff set."
        ),
        columns=(
            PERSON, ORGANIZATION, *columns(number=_("Number")),
            Column(key="status", title=_("Status"), choices=dict(ClientStatus.choices)),
            *columns(takes_part=_("Takes part")),
            *person_columns(),
            Column(key="shares", title=_("Shared by you"), choices=dict(Share.choices)),
            Column(
                key="set_by_staff", title=_("Set by staff"),
                choices={each.key: each.title for each in person_columns()},
            ),
            *columns(photo_file=_("Photo"), since=_("Since"), joined_into=_("Joined into")),
        ),
        rows=clients,
        models=("clients.Client",),
        is_sheet=True,
        files=photos,
    ),
    ExportPart(
        key="memos",
        order=27,
        title=_("Memos for you"),
        about=_("What organisations wrote down for you to read."),
        columns=(
            PERSON, ORGANIZATION, *columns(written_at=_("Written")),
            Column(key="text", title=_("Memo"), is_long=True),
        ),
        rows=memos,
        models=("clients.Memo",),
    ),
)  # fmt: skip

NOTES = LeftOut(
    key="notes",
    order=30,
    text=_(
        "Notes that an organisation’s staff keep for themselves, and what they record for safety at the door: they are "
        "the organisation’s own. Ask it for them."
    ),
)
