"""Who may ask for an erasure, who is asked, and their answers (RULES 4.4, D10)."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Account, Member, PrivacyConsent, PrivacyRequest
from accounts.operations import erasure
from accounts.privacy.leaving import Leaving
from accounts.transactions import operation
from relationships import authority
from relationships.decisions import STRANGER, Decision
from relationships.enums import AccountPermission
from relationships.erasing import guardian_links
from relationships.operations import moving
from relationships.operations.moving import is_grown

OTHERS_DECIDE = _("An adult with a login decides this alone.")


def may_erase(actor: Actor, member: Member) -> Decision:
    """Whether the actor's member may have ``member`` erased: themselves, or as an owner a minor or one without

    a login (RULES 4.4).
    """
    if actor.member is not None and actor.member.pk == member.pk:
        if is_grown(member):
            return Decision(True, _("This is you."), "self")
        return Decision(False, _("An owner of your account decides this."), "self, a minor")
    as_owner = authority.may_run(actor, AccountPermission.PRIVACY, member.account)
    if not as_owner:
        return Decision(False, STRANGER, "not an owner")
    if member.user_id is not None and is_grown(member):
        return Decision(False, OTHERS_DECIDE, "owner, over an adult with a login")
    return as_owner


def is_alone(account: Account, member: Member) -> bool:
    """Whether ``member`` is the whole of the account: nobody else is left in it."""
    return not account.members.filter(erased_at__isnull=True).exclude(pk=member.pk).exists()


@operation
def ask(*, by: Actor, account: Account, member: Member | None) -> PrivacyRequest:
    """Ask that ``member``, or without one the whole account, is erased; the open request where there is one.

    It is due at once, unless it waits: a whole account for its other owners, fourteen days at most; a child
    for another legal guardian, however long it takes. They are told. The only person of an account is the
    whole of it. Raises NotAllowed, or what a guard says.
    """
    if member is not None:
        may_erase(by, member).or_refuse()
        member = None if is_alone(account, member) else member
    if member is None:
        authority.may_run(by, AccountPermission.PRIVACY, account).or_refuse()
    owners, guardians = others_of(account, member, by.member)
    now = timezone.now()
    due_at = now + erasure.NOTICE if owners else None if guardians else now
    return erasure.ask(
        by=by,
        account=account,
        member=member,
        due_at=due_at,
        owners=tuple(owners),
        guardians=_with_children(account, member, guardians),
    )


@operation
def agree(*, by: Actor, request: PrivacyRequest) -> None:
    """Another owner, or another guardian, agrees; when all have, it is due. Raises NotAllowed to anybody else."""
    if by.member is None or by.member.pk not in asked_of(request):
        raise NotAllowed
    erasure.agree(by=by, request=request, is_enough=_is_enough)


@operation
def take_back(*, by: Actor, request: PrivacyRequest) -> bool:
    """Take a request back before it begins, or decline it as another guardian; everybody else is told.

    False when it had begun. Raises NotAllowed to who may not (``may_take_back``).
    """
    if not may_take_back(by, request):
        raise NotAllowed
    owners, guardians = others_of_request(request)
    told = {each.pk: each for each in (*owners, *guardians)}
    if request.requested_by is not None:
        told[request.requested_by.pk] = request.requested_by
    if by.member is not None:
        told.pop(by.member.pk, None)
    return erasure.take_back(by=by, request=request, others=tuple(told.values()))


@operation
def keep_child(*, by: Actor, request: PrivacyRequest, child: Member) -> Member:
    """Another legal guardian takes the child into the account they run, instead of agreeing (RULES 4.4).

    Owners who neither asked nor agreed keep a link with what they had. An erasure of the child comes to nothing
    by it, one of the whole account goes on without the child. Emits MemberMoved. Raises NotAllowed to anybody
    but a guardian who runs an account, or what a guard says.
    """
    current = erasure.waiting(request)
    me = by.member
    if me is None or child.pk not in {each.pk for each in children_of(me, current)}:
        raise NotAllowed
    authority.may_run(by, AccountPermission.PEOPLE, me.account).or_refuse()
    agreed = set(PrivacyConsent.objects.filter(request=current).values_list("owner_id", flat=True))
    left = owners_beside(current.account, current.requested_by)
    keeping = {owner.pk: False for owner in left if owner.pk not in agreed}
    moved = moving.move(by=by, member=child, to_account=me.account, keeping=keeping)
    if current.member_id is not None:
        told = [*left, *([current.requested_by] if current.requested_by else [])]
        erasure.take_back(by=by, request=current, others=tuple(told))
    elif _is_enough(current):
        erasure.go_on(current)
    return moved


def children_of(guardian: Member, request: PrivacyRequest) -> list[Member]:
    """The minors of a request whose legal guardian, from another account, is ``guardian``."""
    return _children(guardian, Leaving.by(request))


def _children(guardian: Member, leaving: Leaving) -> list[Member]:
    mine = guardian_links(leaving).filter(manager=guardian).values("dependent")
    children = Member.objects.filter(pk__in=mine).select_related("account").order_by("pk")
    return [child for child in children if not authority.is_adult(child)]


def may_take_back(actor: Actor, request: PrivacyRequest) -> bool:
    """Who asked, whom it is about, another guardian, and for one person any owner of the account."""
    me = actor.member
    if me is None:
        return False
    if me.pk in {request.requested_by_id, request.member_id}:
        return True
    if me.pk in {guardian.pk for guardian in others_of_request(request)[1]}:
        return True
    is_owner = authority.may_run(actor, AccountPermission.PRIVACY, request.account)
    return bool(is_owner) and request.member_id is not None


def asked_of(request: PrivacyRequest) -> set[int]:
    """Whose answer a request waits for: ids of members."""
    owners, guardians = others_of_request(request)
    return {each.pk for each in (*owners, *guardians)}


def others_of_request(request: PrivacyRequest) -> tuple[list[Member], list[Member]]:
    """As ``others_of``."""
    return others_of(request.account, request.member, request.requested_by)


def others_of(
    account: Account, member: Member | None, asker: Member | None
) -> tuple[list[Member], list[Member]]:
    """(other owners with a login, other legal guardians of minors) who have a say in it."""
    people = [member] if member else list(account.members.filter(erased_at__isnull=True))
    leaving = Leaving.of(account, people, is_whole=member is None, asker=asker.pk if asker else None)
    owners = owners_beside(account, asker) if member is None else []
    minors = [each.pk for each in people if not authority.is_adult(each)]
    links = guardian_links(leaving).filter(dependent__in=minors)
    guardians = Member.objects.filter(pk__in=links.values("manager")).order_by("pk")
    return owners, list(guardians)


def _with_children(
    account: Account, member: Member | None, guardians: Sequence[Member]
) -> tuple[tuple[Member, Member], ...]:
    """Each guardian with each child of theirs that would be erased."""
    people = [member] if member else list(account.members.filter(erased_at__isnull=True))
    leaving = Leaving.of(account, people, is_whole=member is None, asker=None)
    return tuple((each, child) for each in guardians for child in _children(each, leaving))


def owners_beside(account: Account, asker: Member | None) -> list[Member]:
    """Owners with a login but the asker, the first before those who came later."""
    running = Member.objects.filter(ownership__account=account, user__isnull=False, erased_at__isnull=True)
    without = [asker.pk] if asker else []
    return list(running.exclude(pk__in=without).order_by("ownership__since", "pk"))


def _is_enough(request: PrivacyRequest) -> bool:
    agreed = set(PrivacyConsent.objects.filter(request=request).values_list("owner_id", flat=True))
    return asked_of(request) <= agreed


def may_see(actor: Actor, request: PrivacyRequest) -> bool:
    """Owners of the account, whom it is about, who asked, whose answer it waits for, and who agreed."""
    if actor.member is None:
        return False
    if authority.may_run(actor, AccountPermission.PRIVACY, request.account):
        return True
    near = {request.member_id, request.requested_by_id}
    has_agreed = PrivacyConsent.objects.filter(request=request, owner=actor.member)
    return actor.member.pk in near | asked_of(request) or has_agreed.exists()
