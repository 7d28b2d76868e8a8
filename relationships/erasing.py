"""Links of people who are erased, and who else has a say in it (RULES 4.4)."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.enums import PrivacyKind, PrivacyState
from accounts.events import Erasing, ErasureDue
from accounts.models import AccountOwner, Member, PrivacyConsent, PrivacyRequest
from accounts.operations import erasure
from accounts.operations.moving import move_member
from accounts.privacy import erasing, showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Blocker, Fate, Holding, Line, Settled, Settling
from accounts.registries import PrivacyAction, privacy_actions
from relationships import authority
from relationships.enums import MoveState, RequestState
from relationships.errors import KeptApart
from relationships.models import (
    LinkCode,
    LinkRequest,
    ManagerLink,
    MoveRequest,
    NeverRelease,
    NoContact,
    PickUpPerson,
)
from relationships.operations import moving

PARTING = Actor.of_job("relationships.part")


def register() -> None:
    """Offer all of it; ``AppConfig.ready`` calls it."""
    erasing.register(PrivacyRequest, _exports_of_guardians, name="guardians")
    privacy_actions.register(
        PrivacyAction(
            key="erase",
            order=90,
            title=gettext_lazy("Erase"),
            text=gettext_lazy(
                "Have everything erased that is held about a person, or about the whole account. You see first what "
                "goes and what has to stay."
            ),
            action=gettext_lazy("See what can be erased"),
            url_name="portal:erase",
        )
    )
    showing.holdings.register(Holding(key="relationships", order=25, tell=tell))
    showing.erasure_blockers.register(Settling(key="relationships.apart", order=20, find=kept_apart))
    showing.erasure_blockers.register(Settling(key="relationships.guardians", order=30, find=guardians))
    showing.erasure_blockers.register(Settling(key="relationships.adults", order=40, find=adults))


def let_go(event: Erasing) -> None:
    """Links, codes, requests and marks of those who leave give and say nothing any more."""
    now, people = timezone.now(), event.leaving.members
    either = Q(manager__in=people) | Q(dependent__in=people)
    ManagerLink.objects.filter(either, ended_at__isnull=True).update(ended_at=now, waiting=[])
    LinkCode.objects.filter(member__in=people, revoked_at__isnull=True).update(revoked_at=now)
    asked = Q(asker__in=people) | Q(addressee__in=people) | Q(dependent__in=people)
    LinkRequest.objects.filter(asked, state=RequestState.ASKED).update(
        state=RequestState.WITHDRAWN, answered_at=now
    )
    moves = MoveRequest.objects.filter(Q(member__in=people) | Q(asked_by__in=people), state=MoveState.ASKED)
    moves.update(state=MoveState.WITHDRAWN, done_at=now)
    PickUpPerson.objects.filter(member__in=people, ended_at__isnull=True).update(ended_at=now)
    NeverRelease.objects.filter(client__member__in=people, lifted_at__isnull=True).update(lifted_at=now)
    NoContact.objects.filter(protected__in=people, lifted_at__isnull=True).update(lifted_at=now)


def tell(leaving: Leaving) -> Iterator[Line]:
    """Links, and who may pick somebody up. Marks that staff set are told to nobody (RULES 2.1, 2.11)."""
    linked = ManagerLink.objects.filter(
        Q(manager__in=leaving.members) | Q(dependent__in=leaving.members), ended_at__isnull=True
    )
    if linked.exists():
        yield Line(fate=Fate.GOES, text=_("Every link to another person"))
    pickers = PickUpPerson.objects.filter(member__in=leaving.members)
    for member in sorted(set(pickers.values_list("member_id", flat=True))):
        yield Line(fate=Fate.GOES, member=member, text=_("Who may pick them up"))


def kept_apart(leaving: Leaving) -> Iterator[Blocker]:
    """A mark that protects somebody else needs the name it is about: told as to a stranger (RULES 2.1)."""
    others = NoContact.objects.not_over().exclude(protected__in=leaving.members)
    released = NeverRelease.objects.active().exclude(client__member__in=leaving.members)
    if (
        others.filter(barred__in=leaving.members).exists()
        or released.filter(person__in=leaving.members).exists()
    ):
        yield Blocker(text=KeptApart.message)


def guardians(leaving: Leaving) -> Iterator[Blocker]:
    """A child is never erased against another guardian, who may take them into an own account instead."""
    for child in children_with_guardians(leaving):
        yield Blocker(
            text=_("%(name)s has another guardian, who is asked first and may keep %(name)s.")
            % {"name": child.short_name},
            settled=Settled.ANSWER,
        )


def adults(leaving: Leaving) -> Iterator[Blocker]:
    """An adult with a login is erased with the account only if they agree; else they leave it first."""
    if not leaving.is_whole or leaving.asker is None:
        return  # an operator acts on what all of them want, or the law
    agreed = _agreed(leaving)
    for member in _grown(leaving):
        if member.pk not in agreed and member.pk != leaving.asker:
            yield Blocker(
                text=_("%(name)s keeps what is theirs, in an account of their own, unless they agree.")
                % {"name": member.short_name},
                settled=Settled.LEAVING,
            )


def children_with_guardians(leaving: Leaving) -> list[Member]:
    """Minors among those who leave who have a legal guardian elsewhere that did not agree."""
    waiting = guardian_links(leaving).exclude(manager__in=_agreed(leaving))
    children = Member.objects.filter(pk__in=waiting.values("dependent")).select_related("account")
    return [child for child in children.order_by("pk") if not authority.is_adult(child)]


def guardian_links(leaving: Leaving) -> QuerySet[ManagerLink]:
    """What makes somebody of another account a legal guardian of those who leave, today."""
    today = timezone.now().date()
    return ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today),
        dependent__in=leaving.members,
        is_legal_guardian=True,
        starts_on__lte=today,
        ended_at__isnull=True,
        manager__erased_at__isnull=True,
    ).exclude(
        Q(manager__account=leaving.account)
        | Exists(
            NoContact.objects.active().filter(barred=OuterRef("manager"), protected=OuterRef("dependent"))
        )
    )


def part(event: ErasureDue) -> None:
    """Adults with a login who did not agree leave for accounts of their own (RULES 4.3).

    Children go with the first owner who did not agree: nothing is erased against whoever runs the account too.
    """
    leaving = Leaving.by(event.request)
    if leaving.asker is None:
        return
    agreed = _agreed(leaving)
    staying = [each for each in _grown(leaving) if each.pk not in agreed and each.pk != leaving.asker]
    owners = [each for each in staying if hasattr(each, "ownership")]
    first = min(owners, key=lambda each: each.ownership.since, default=None)
    for member in staying:
        if member != first:
            moving.move_out(by=PARTING, member=member)
    if first is not None:
        moved = moving.move_out(by=PARTING, member=first, keep_acting_for=[])
        left = Member.objects.filter(account=leaving.account, erased_at__isnull=True)
        for child in left.select_related("account").order_by("pk"):
            if not authority.is_adult(child) and not hasattr(child, "ownership"):
                move_member(by=PARTING, member=child, to_account=moved.account)


def to_answer(member: Member) -> QuerySet[PrivacyRequest]:
    """Erasures that wait for ``member``: as another owner of the account, or as another guardian of a child."""
    today = timezone.now().date()
    guarded = ManagerLink.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today),
        manager=member,
        is_legal_guardian=True,
        starts_on__lte=today,
        ended_at__isnull=True,
    ).exclude(dependent__account=member.account_id)
    owned = AccountOwner.objects.filter(member=member).values("account")
    children = guarded.values("dependent")
    whole = Q(account__in=owned) | Q(account__in=guarded.values("dependent__account"))
    waiting = erasure.open_ones().filter(state=PrivacyState.WAITING).exclude(requested_by=member)
    waiting = waiting.filter(Q(member__isnull=True) & whole | Q(member__in=children))
    apart = NoContact.objects.active().filter(barred=member).values("protected")
    waiting = waiting.filter(Q(member__isnull=True) | ~Q(member__in=apart))
    return waiting.exclude(consents__owner=member).order_by("pk")


def _grown(leaving: Leaving) -> list[Member]:
    """Adults with a login among those who leave."""
    people = Member.objects.filter(pk__in=leaving.members, user__isnull=False)
    shown = people.select_related("account", "ownership").order_by("pk")
    return [member for member in shown if moving.is_grown(member)]


def _agreed(leaving: Leaving) -> set[int]:
    """Who agreed to a request that waits for these people."""
    consents = PrivacyConsent.objects.filter(
        request__account=leaving.account,
        request__kind=PrivacyKind.ERASE,
        request__state=PrivacyState.WAITING,
    )
    about = Q(request__member__isnull=True) if leaving.is_whole else Q(request__member__in=leaving.members)
    return set(consents.filter(about).values_list("owner_id", flat=True))


def _exports_of_guardians(leaving: Leaving) -> QuerySet[PrivacyRequest]:
    """Copies made for others who acted for them, and so may hold something of them."""
    managers = ManagerLink.objects.filter(dependent__in=leaving.members).values("manager")
    return PrivacyRequest.objects.filter(kind=PrivacyKind.EXPORT, requested_by__in=managers)
