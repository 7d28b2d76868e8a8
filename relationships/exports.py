"""What relationships puts into an export: who may act for whom, requests, and who picks somebody up."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.exporting import (
    Column,
    ExportedFile,
    ExportPart,
    Row,
    Scope,
    columns,
    export_parts,
    picture,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON
from accounts.money import Money
from relationships.enums import LinkKind, MoveAnswerKind, MoveState, RequestState, TakeOverChoice
from relationships.models import (
    LENT_FLAGS,
    MANAGER_FLAGS,
    SELF_FLAGS,
    LinkRequest,
    ManagerLink,
    MoveAnswer,
    MoveRequest,
    PickUpPerson,
    TakeOver,
)

FLAGS: dict[str, Any] = {
    "view": _("see"),
    "book": _("book"),
    "forms": _("fill in forms"),
    "sign": _("sign"),
    "notify": _("be told"),
    "use_passes": _("use passes"),
    "edit_profile": _("change details"),
    "pick_up": _("pick up"),
    "dependent_may_pay": _("pay with the manager’s money"),
    "dependent_may_use_passes": _("use the manager’s passes"),
    "staff_may_charge": _("be charged at the desk to the manager’s card"),
    "may_book_self": _("book alone"),
    "may_edit_self": _("change own details"),
}
"""What a link gives, in words."""


def links(scope: Scope) -> Iterator[Row]:
    """Links of these people, by name where the reader knows both sides."""
    rows = ManagerLink.objects.filter(Q(manager__in=scope.whole) | Q(dependent__in=scope.whole))
    for each in stream(rows.select_related("organization").order_by("pk")):
        if not scope.shows((each.manager_id, each.dependent_id)):
            continue
        cap = each.dependent_cap_minor
        yield {
            "manager": scope.name_of(each.manager_id),
            "dependent": scope.name_of(each.dependent_id),
            "kind": each.kind,
            "organization": each.organization.name if each.organization else "",
            "manager_may": [flag for flag in MANAGER_FLAGS if getattr(each, flag)],
            "manager_lends": [flag for flag in LENT_FLAGS if getattr(each, flag)],
            "monthly_cap": Money(cap, each.dependent_cap_currency) if cap is not None else None,
            "minor_may_alone": [flag for flag in SELF_FLAGS if getattr(each, flag)],
            "is_legal_guardian": each.is_legal_guardian,
            "starts_on": each.starts_on,
            "ends_on": each.ends_on,
            "ended_at": each.ended_at,
        }


def requests(scope: Scope) -> Iterator[Row]:
    """Requests that these people sent or got; what somebody else wrote in one stays theirs."""
    rows = LinkRequest.objects.filter(Q(asker__in=scope.whole) | Q(addressee__in=scope.whole))
    for each in stream(rows.order_by("pk")):
        if not scope.shows((each.asker_id, each.addressee_id)):
            continue
        is_asker = each.asker_id in scope.whole
        yield {
            "asker": scope.name_of(each.asker_id),
            "addressee": scope.name_of(each.addressee_id),
            "about": scope.name_of(each.dependent_id)
            if each.dependent_id
            else (each.about if is_asker else ""),
            "kind": each.kind,
            "asked": each.asked,
            "lends": each.lends,
            "state": each.state,
            "asked_at": each.created_at,
            "answered_at": each.answered_at,
        }


def pick_up(scope: Scope) -> Iterator[Row]:
    """Who may pick these people up, as the reader's family named them; others' entries say that they are there."""
    rows = PickUpPerson.objects.filter(member__in=scope.whole).select_related("organization")
    for each in stream(rows.order_by("pk")):
        row = {
            "person": scope.person(each.member_id),
            "organization": each.organization.name if each.organization else "",
            "added_by": scope.name_of(each.added_by_id),
            "starts_on": each.starts_on,
            "ends_on": each.ends_on,
            "ended_at": each.ended_at,
        }
        if _is_ours(scope, each):
            row |= {
                "name": each.name,
                "relation": each.relation,
                "phone": each.phone,
                "photo_file": picture("pick-up", each.code, each.photo.name),
            }
        yield row


def pick_up_photos(scope: Scope) -> Iterator[ExportedFile]:
    """Pictures of who may pick somebody up, of the family's own entries."""
    rows = PickUpPerson.objects.filter(member__in=scope.whole).exclude(photo="")
    for each in stream(rows.order_by("pk")):
        if _is_ours(scope, each):
            yield ExportedFile(picture("pick-up", each.code, each.photo.name), each.photo.name)


def take_overs(scope: Scope) -> Iterator[Row]:
    """What somebody chose when they came of age."""
    for each in stream(TakeOver.objects.filter(member__in=scope.whole).order_by("pk")):
        yield {"person": scope.person(each.member_id), "choice": each.choice, "chosen_at": each.chosen_at}


def moves(scope: Scope) -> Iterator[Row]:
    """Requests to move these people, or that they made; what others wrote in one stays theirs."""
    mine = MoveAnswer.objects.filter(request=OuterRef("pk"), owner__in=scope.whole).order_by("pk")
    rows = MoveRequest.objects.filter(Q(member__in=scope.whole) | Q(asked_by__in=scope.whole))
    for each in stream(rows.annotate(said=Subquery(mine.values("answer")[:1])).order_by("pk")):
        yield {
            "person": scope.name_of(each.member_id),
            "asked_by": scope.name_of(each.asked_by_id) if each.asked_by_id else "",
            "note": each.note if each.asked_by_id in scope.whole else "",
            "own_answer": each.said or "",
            "state": each.state,
            "asked_at": each.created_at,
            "closed_at": each.done_at,
        }


def _is_ours(scope: Scope, each: PickUpPerson) -> bool:
    return each.added_by_id is not None and each.added_by_id in (scope.whole | scope.kin)


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)


PARTS = (
    ExportPart(
        key="links",
        order=40,
        title=_("Who may act for whom"),
        about=_("Links between people. Others are named where you know them by the link."),
        columns=(
            *columns(manager=_("Acts"), dependent=_("For")),
            Column(key="kind", title=_("As"), choices=dict(LinkKind.choices)),
            ORGANIZATION,
            Column(key="manager_may", title=_("May"), choices=FLAGS),
            Column(key="manager_lends", title=_("Lends"), choices=FLAGS),
            *columns(monthly_cap=_("At most, each month")),
            Column(key="minor_may_alone", title=_("May alone"), choices=FLAGS),
            *columns(
                is_legal_guardian=_("Legal guardian"), starts_on=_("From"), ends_on=_("Until"),
                ended_at=_("Ended"),
            ),
        ),
        rows=links,
        models=("relationships.ManagerLink",),
        is_sheet=True,
    ),
    ExportPart(
        key="link_requests",
        order=41,
        title=_("Requests to be linked"),
        about=_("Who asked whom to be linked."),
        columns=(
            *columns(asker=_("Asked by"), addressee=_("Asked"), about=_("About")),
            Column(key="kind", title=_("As"), choices=dict(LinkKind.choices)),
            Column(key="asked", title=_("To"), choices=FLAGS),
            Column(key="lends", title=_("Lends"), choices=FLAGS),
            Column(key="state", title=_("State"), choices=dict(RequestState.choices)),
            *columns(asked_at=_("Asked on"), answered_at=_("Answered")),
        ),
        rows=requests,
        models=("relationships.LinkRequest",),
    ),
    ExportPart(
        key="pick_up",
        order=42,
        title=_("Who may pick up"),
        about=_("People you named for picking up. Of what another guardian named, only that it is there."),
        columns=(
            PERSON, ORGANIZATION,
            *columns(
                name=_("Name"), relation=_("Relation"), phone=_("Phone"), photo_file=_("Photo"),
                added_by=_("Added by"), starts_on=_("From"), ends_on=_("Until"), ended_at=_("Ended"),
            ),
        ),
        rows=pick_up,
        models=("relationships.PickUpPerson",),
        files=pick_up_photos,
    ),
    ExportPart(
        key="take_overs",
        order=43,
        title=_("Coming of age"),
        about=_("What somebody chose when they came of age."),
        columns=(
            PERSON,
            Column(key="choice", title=_("Choice"), choices=dict(TakeOverChoice.choices)),
            *columns(chosen_at=_("Chosen")),
        ),
        rows=take_overs,
        models=("relationships.TakeOver",),
    ),
    ExportPart(
        key="moves",
        order=44,
        title=_("Moves to another account"),
        about=_("Who asked that somebody moves to another account, and what came of it."),
        columns=(
            *columns(person=_("Who"), asked_by=_("Asked by"), note=_("What you wrote")),
            Column(key="own_answer", title=_("Your answer"), choices=dict(MoveAnswerKind.choices)),
            Column(key="state", title=_("State"), choices=dict(MoveState.choices)),
            *columns(asked_at=_("Asked on"), closed_at=_("Closed")),
        ),
        rows=moves,
        models=("relationships.MoveRequest", "relationships.MoveAnswer"),
    ),
)  # fmt: skip
