"""Coming of age: people are told, and the new adult takes their own affairs over (RULES 2.9).

The take-over goes in steps, each an operation that finds what is done already: two tabs and two presses at once
do each of them one time. Nothing here gives or takes a right by the calendar: that is ``authority``'s.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed, Refused
from accounts.events import emit
from accounts.models import Member
from accounts.operations import family_logins
from accounts.permissions import Permission
from accounts.transactions import operation
from clients.models import Client
from relationships import authority, coming_of_age
from relationships.coming_of_age import Coming
from relationships.enums import AgeStage, FamilyPermission, LinkKind, TakeOverChoice
from relationships.errors import CannotTakeOver, ChosenAlready
from relationships.events import CameOfAge, TakenOver, TakeOverInvited
from relationships.models import MANAGER_FLAGS, AgeNotice, ManagerLink, NoContact, TakeOver
from relationships.operations import links, moving
from relationships.operations.keeping import LAST_ZONE

GRANTABLE = tuple(flag for flag in MANAGER_FLAGS if flag != FamilyPermission.SIGN.value)
"""What an adult may let another do for them; nobody signs for an adult."""


@operation
def tell(*, by: Actor, coming: Coming) -> bool:
    """Tell the person and the owners what comes, each stage once; whether it was told now. Emits CameOfAge.

    On the day somebody without a login is invited to one, where the family gave an address of theirs.
    """
    stage = coming.stage
    if stage is None:
        return False
    member = coming.member
    _notice, is_new = AgeNotice.objects.get_or_create(member=member, years=coming.years, stage=stage)
    if not is_new:
        return False
    audit.record(by=by, action="relationships.coming_of_age_told", target=member, members=[member])
    emit(CameOfAge(coming=coming, stage=stage, by=by))
    is_family = member.account.kept_by_id is None
    if stage is AgeStage.DAY and coming.is_whole and is_family and member.user_id is None and member.email:
        _invite(by, member)
    return True


@operation
def choose(*, by: Actor, choice: TakeOverChoice) -> TakeOver:
    """The new adult decides: an account of their own, or staying without buying. Again changes nothing.

    With an own account they move at once, with their bookings and what they signed; owners are told (RULES 4.3).
    Emits TakenOver. Raises CannotTakeOver, ChosenAlready for the other answer, and what ``moving.move_out`` does.
    """
    me = _adult(by)
    found = TakeOver.objects.filter(member=me).first()
    if found is None:
        if not coming_of_age.may_choose(me):
            raise CannotTakeOver
        found, is_new = TakeOver.objects.get_or_create(
            member=me,
            defaults={"choice": choice, "from_account": me.account, "chosen_at": timezone.now()},
        )  # of two at once the second waits here, and finds the first
        if is_new:
            audit.record(
                by=by,
                action="relationships.taken_over",
                target=me,
                members=[me],
                changes={"choice": choice.value},
            )
            if choice is TakeOverChoice.OWN_ACCOUNT:
                moving.move_out(by=by, member=me)
            emit(TakenOver(take_over=found, by=by))
    if found.choice != choice:
        raise ChosenAlready
    return found


@operation
def grant(*, by: Actor, grants: Mapping[int, Collection[str]]) -> TakeOver:
    """What the new adult lets each of ``helpers`` do, by member id; nothing for who is not named. Once.

    What an owner had granted while they were a minor ends with it. Raises CannotTakeOver before the choice.
    """
    me = _adult(by)
    row = _locked(me)
    if row.granted_at is not None:
        return row
    for helper in helpers(row):
        kind = _close_what_outlived(by, helper, me)
        flags = set(grants.get(helper.pk, ())) & set(GRANTABLE)
        if not flags:
            continue
        links.establish(
            by=by,
            manager=helper,
            dependent=me,
            terms=links.Terms(kind=kind, flags=flags, starts_on=(timezone.now() - LAST_ZONE).date()),
        )
    row.granted_at = timezone.now()
    row.save(update_fields=["granted_at"])
    return row


@operation
def finish(*, by: Actor) -> TakeOver:
    """The new adult has seen what to sign anew. Again changes nothing. Raises CannotTakeOver before the grants."""
    row = _locked(_adult(by))
    if row.granted_at is None:
        raise CannotTakeOver
    if row.done_at is None:
        row.done_at = timezone.now()
        row.save(update_fields=["done_at"])
    return row


@operation
def invite_again(*, by: Actor, client: Client) -> None:
    """Staff send the invitation to take over once more, to the family's own address of the person.

    To who has a login the way to the page, once a day; else the way to a login. Emits TakeOverInvited, or
    LoginInvited. Raises NotAllowed, CannotTakeOver where there is nothing to take over or no address, MailJustSent.
    """
    by.needs(Permission.ACCOUNTS_CONTRIBUTE)
    if by.organization is None or client.organization_id != by.organization.pk:
        raise NotAllowed
    member = Member.objects.select_related("account", "user").get(pk=client.member_id)
    if member.erased_at is not None or member.account.kept_by_id is not None or hasattr(member, "ownership"):
        raise CannotTakeOver
    if not authority.is_adult(member) or not coming_of_age.grew_up_here(member):
        raise CannotTakeOver
    if member.user_id is None:
        if not member.email:
            raise CannotTakeOver(
                _("The family gave no e-mail of this person. An owner of the account can invite them.")
            )
        family_logins.invite(by=by, member=member, email=member.email)
        return
    if coming_of_age.state_of(member) in ("none", "done"):
        raise CannotTakeOver
    audit.record(
        by=by,
        action="relationships.take_over_invited",
        target=member,
        members=[member],
        organization=by.organization,
    )
    emit(TakeOverInvited(member=member, by=by))


def helpers(row: TakeOver) -> list[Member]:
    """Whom the new adult may let help them: owners of the family they grew up in, and who was linked to them.

    Nobody from whom a mark keeps them apart, either way round.
    """
    me = row.member
    linked = ManagerLink.objects.filter(dependent=me, ended_at__isnull=True, view=True).values("manager")
    owners = Member.objects.filter(ownership__account=row.from_account_id).values("pk")
    marks = NoContact.objects.not_over()
    rows = Member.objects.filter(pk__in=owners.union(linked), erased_at__isnull=True).exclude(pk=me.pk)
    rows = rows.exclude(pk__in=marks.filter(protected=me).values("barred"))
    return list(rows.exclude(pk__in=marks.filter(barred=me).values("protected")).order_by("pk")[:20])


def _adult(by: Actor) -> Member:
    if by.member is None:
        raise NotAllowed
    return Member.objects.select_related("account", "user").get(pk=by.member.pk)


def _locked(me: Member) -> TakeOver:
    row = TakeOver.objects.select_for_update(of=("self",)).select_related("member").filter(member=me).first()
    if row is None:
        raise CannotTakeOver
    return row


def _close_what_outlived(by: Actor, helper: Member, me: Member) -> LinkKind:
    """End links to ``me`` that another granted, which give nothing already; what the helper was by them.

    One that showed nothing ends quietly.
    """
    kind = LinkKind.OTHER
    rows = ManagerLink.objects.select_for_update(of=("self",)).select_related(*links.SIDES)
    for link in rows.filter(manager=helper, dependent=me, ended_at__isnull=True).order_by("pk"):
        if not links.outlived(link):
            continue
        kind = LinkKind(link.kind)
        if link.view:
            links.close(by=by, link=link)
        else:
            link.ended_at = timezone.now()
            link.save(update_fields=["ended_at"])
    return kind


def _invite(by: Actor, member: Member) -> None:
    """A login is offered where it can be: an address that may not be used stops nothing else."""
    try:
        with transaction.atomic():
            family_logins.invite(by=by, member=member, email=member.email)
    except Refused:
        return
