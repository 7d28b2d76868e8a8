"""Erasing somebody, or the whole account: what goes, a proof of who asks, the last step, and how it stands (D10)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PortalRequest, PublicRequest, portal_view, public_view
from accounts.answers import not_done, see_other
from accounts.enums import PrivacyKind, PrivacyState
from accounts.errors import ErasureRefused, Refused, Text
from accounts.fresh_login import fresh_login
from accounts.models import Account, Member, PrivacyConsent, PrivacyRequest
from accounts.operations import erasure
from accounts.privacy import showing
from accounts.privacy.leaving import Leaving
from accounts.privacy.showing import Settled
from relationships import authority, flows
from relationships.enums import AccountPermission
from relationships.errors import KeptApart
from relationships.forms import TypedName
from relationships.operations import erasing as operations

CHOOSE = "relationships/portal/erase.html"
SHOW = "relationships/portal/erase_show.html"
CONFIRM = "relationships/portal/erase_confirm.html"
STATE = "relationships/portal/erasure.html"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Who would be erased: one member, or the whole account where there is none."""

    account: Account
    member: Member | None

    @property
    def name(self) -> str:
        """What has to be typed."""
        return self.member.full_name if self.member else self.account.name

    @property
    def people(self) -> list[Member]:
        """Everybody of it."""
        if self.member is not None:
            return [self.member]
        return list(self.account.members.filter(erased_at__isnull=True).order_by("pk"))

    def url(self, name: str) -> str:
        """The page ``name`` about them: ``erase_show`` or ``erase_confirm``."""
        code = self.member.code if self.member else "account"
        return reverse(f"portal:{name}", args=[code])


@require_safe
@portal_view
def choose(request: PortalRequest) -> HttpResponse:
    """Everybody in the account, and the account itself: who can be erased here, and why somebody cannot."""
    account = request.member.account
    is_owner = bool(authority.may_run(request.actor, AccountPermission.PRIVACY, account))
    people = account.members.filter(erased_at__isnull=True).select_related("account", "ownership")
    people = people.exclude(pk__in=authority.apart_from(request.actor))  # told as a stranger is (RULES 2.1)
    shown = people.order_by("pk") if is_owner else people.filter(pk=request.member.pk)
    open_ones = {each.member_id: each for each in erasure.open_ones().filter(account=account)}
    context = {
        "account": account,
        "is_owner": is_owner,
        "is_alone": account.members.filter(erased_at__isnull=True).count() == 1,
        "people": [_choice(request, member, open_ones.get(member.pk)) for member in shown],
        "whole": open_ones.get(None),
    }
    return render(request, CHOOSE, context)


@require_safe
@portal_view
def show(request: PortalRequest, code: str) -> HttpResponse:
    """What goes, what stays and what has to be settled first, in words and counts, person by person."""
    subject = _subject(request, code)
    if standing := _standing(subject):
        return see_other(reverse("portal:erasure", args=[standing.code]))
    return render(request, SHOW, _context(request, subject) | {"parts": _parts(request, subject)})


@require_http_methods(["GET", "HEAD", "POST"])
@portal_view
def confirm(request: PortalRequest, code: str) -> HttpResponse:
    """The last step, after a fresh proof of who asks: the name is typed."""
    subject = _subject(request, code)
    if standing := _standing(subject):
        return see_other(reverse("portal:erasure", args=[standing.code]))
    return _confirm(request, subject)


@fresh_login
def _confirm(request: PortalRequest, subject: Subject) -> HttpResponse:
    """Ask for the name, then erase. Who erases themselves is logged out, and gone."""
    form = TypedName(request.POST or None, wanted=subject.name)
    context = _context(request, subject) | {"form": form}
    if request.method != "POST":
        return render(request, CONFIRM, context)
    if not form.is_valid():
        return not_done(request, CONFIRM, context)
    try:
        asked = flows.erase(by=request.actor, account=subject.account, member=subject.member)
    except ErasureRefused:
        return see_other(subject.url("erase_show"))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return not_done(request, CONFIRM, context)
    if asked.state != PrivacyState.WAITING and _is_gone(request):
        logout(request)
        return see_other(reverse("public:erased"))
    return see_other(reverse("portal:erasure", args=[asked.code]))


@require_safe
@portal_view
def erasure_page(request: PortalRequest, code: str) -> HttpResponse:
    """How a request stands: for whom it waits and until when, how far it has come, or that it is done."""
    asked = _request(request, code)
    owners, guardians = operations.others_of_request(asked) if _is_waiting(asked) else ([], [])
    agreed = set(PrivacyConsent.objects.filter(request=asked).values_list("owner_id", flat=True))
    me = request.member.pk
    context: dict[str, Any] = {
        "asked": asked,
        "who": [each.full_name for each in _told_of(request, asked)],
        "owners": [(owner, owner.pk in agreed) for owner in owners],
        "guardians": [(guardian, guardian.pk in agreed) for guardian in guardians],
        "is_asked": me in {each.pk for each in (*owners, *guardians)} and me not in agreed,
        "is_guardian": me in {each.pk for each in guardians},
        "mine": _may_keep(request, asked) if me in {each.pk for each in guardians} else [],
        "may_take_back": _is_waiting(asked) and operations.may_take_back(request.actor, asked),
        "blockers": [],
    }
    if (
        _is_waiting(asked) and request.member.account_id == asked.account_id
    ):  # a guardian reads no bills of theirs
        context["blockers"] = _first(erasure.blockers(asked))
        if asked.account.members.filter(pk__in=authority.apart_from(request.actor)).exists():
            context["blockers"] = []
    return render(request, STATE, context)


@require_POST
@portal_view
def agree(request: PortalRequest, code: str) -> HttpResponse:
    """Another owner, or another guardian, agrees, after a fresh proof of who they are."""
    return _agree(request, _request(request, code))


@fresh_login
def _agree(request: PortalRequest, asked: PrivacyRequest) -> HttpResponse:
    try:
        operations.agree(by=request.actor, request=asked)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You agreed. It begins as soon as nobody else is waited for."))
    return see_other(reverse("portal:erasure", args=[asked.code]))


@require_POST
@portal_view
def keep(request: PortalRequest, code: str) -> HttpResponse:
    """Another guardian takes the child into the account they run."""
    asked = _request(request, code)
    child = next((each for each in _may_keep(request, asked) if each.code == request.POST.get("child")), None)
    if child is None:
        raise Http404
    try:
        operations.keep_child(by=request.actor, request=asked, child=child)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("portal:erasure", args=[asked.code]))
    messages.success(request, _("%(name)s is in your account now.") % {"name": child.short_name})
    return see_other(reverse("portal:people"))


@require_POST
@portal_view
def take_back(request: PortalRequest, code: str) -> HttpResponse:
    """Nothing is erased, if it has not begun."""
    asked = _request(request, code)
    try:
        is_done = operations.take_back(by=request.actor, request=asked)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if is_done:
            messages.success(request, _("Taken back. Nothing is erased."))
        else:
            messages.error(request, _("It has begun already."))
    return see_other(reverse("portal:erasure", args=[asked.code]))


@require_safe
@public_view
def erased(request: PublicRequest) -> HttpResponse:
    """Where somebody comes to who has just erased themselves."""
    return render(request, "relationships/public/erased.html")


def _subject(request: PortalRequest, code: str) -> Subject:
    """Whom the address names, if the reader may have them erased; else 404."""
    account = request.member.account
    if code == "account":
        if not authority.may_run(request.actor, AccountPermission.PRIVACY, account):
            raise Http404
        return Subject(account=account, member=None)
    own = account.members.filter(erased_at__isnull=True).select_related("account", "ownership")
    own = own.exclude(pk__in=authority.apart_from(request.actor))
    member = get_object_or_404(own, code=code)
    if not operations.may_erase(request.actor, member):
        raise Http404
    return Subject(account=account, member=None if operations.is_alone(account, member) else member)


def _standing(subject: Subject) -> PrivacyRequest | None:
    return erasure.open_ones().filter(account=subject.account, member=subject.member).first()


def _context(request: PortalRequest, subject: Subject) -> dict[str, Any]:
    owners, guardians = operations.others_of(subject.account, subject.member, request.member)
    blockers = showing.blockers_of(_leaving(request, subject))
    if (blockers or subject.member is None) and _holds_somebody_apart(request, subject):
        blockers = [
            showing.Blocker(text=KeptApart.message)
        ]  # the rest names who must not be named (RULES 2.1)
    return {
        "subject": subject,
        "member": subject.member,
        "is_self": subject.member == request.member,
        "blockers": _first(blockers),
        "leaving_adults": [each for each in blockers if each.settled is Settled.LEAVING],
        "owners": owners,
        "guardians": guardians,
        "notice_days": erasure.NOTICE.days,
        "show_url": subject.url("erase_show"),
        "confirm_url": subject.url("erase_confirm"),
    }


def _first(blockers: list[showing.Blocker]) -> list[showing.Blocker]:
    return [each for each in blockers if each.settled is Settled.FIRST]


def _holds_somebody_apart(request: PortalRequest, subject: Subject) -> bool:
    return subject.account.members.filter(pk__in=authority.apart_from(request.actor)).exists()


def _parts(request: PortalRequest, subject: Subject) -> list[showing.Part]:
    if subject.member is None and _holds_somebody_apart(request, subject):
        return []
    return showing.parts_of(_leaving(request, subject), subject.people)


def _leaving(request: PortalRequest, subject: Subject) -> Leaving:
    return Leaving.of(
        subject.account, subject.people, is_whole=subject.member is None, asker=request.member.pk
    )


def _choice(request: PortalRequest, member: Member, asked: PrivacyRequest | None) -> dict[str, Any]:
    decision = operations.may_erase(request.actor, member)
    why_not: Text = "" if decision else decision.reason
    return {
        "member": member,
        "is_self": member.pk == request.member.pk,
        "may": bool(decision),
        "why_not": why_not,
        "asked": asked,
    }


def _request(request: PortalRequest, code: str) -> PrivacyRequest:
    rows = PrivacyRequest.objects.filter(kind=PrivacyKind.ERASE)
    asked = get_object_or_404(rows.select_related("account", "member__account", "requested_by"), code=code)
    apart = authority.apart_from(request.actor)
    is_apart = (
        asked.member_id is not None and Member.objects.filter(pk=asked.member_id, pk__in=apart).exists()
    )
    if is_apart or not operations.may_see(request.actor, asked):
        raise Http404
    return asked


def _told_of(request: PortalRequest, asked: PrivacyRequest) -> list[Member]:
    """Whose names the reader is told: another guardian those of their children; nobody's for a whole account."""
    if asked.member is not None:
        return [asked.member]
    return operations.children_of(request.member, asked) if _is_waiting(asked) else []


def _may_keep(request: PortalRequest, asked: PrivacyRequest) -> list[Member]:
    """Children of the request whom the reader may take into the account they run."""
    if not _is_waiting(asked):
        return []
    if not authority.may_run(request.actor, AccountPermission.PEOPLE, request.member.account):
        return []
    return operations.children_of(request.member, asked)


def _is_waiting(asked: PrivacyRequest) -> bool:
    return asked.state == PrivacyState.WAITING


def _is_gone(request: PortalRequest) -> bool:
    return Member.objects.filter(pk=request.member.pk, erased_at__isnull=False).exists()
