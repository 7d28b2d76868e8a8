"""What accounts puts into an export: the people, their logins, invitations, requests, and what was done."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import activity
from accounts.activity import Topic
from accounts.enums import ActorKind, InvitationPurpose, PrivacyKind, PrivacyState
from accounts.exporting import (
    Column,
    ExportedFile,
    ExportPart,
    Holding,
    LeftOut,
    Row,
    Scope,
    columns,
    export_left_out,
    export_parts,
    picture,
    privacy_holdings,
    stream,
)
from accounts.models import (
    AccountOwner,
    AuditEvent,
    EmailChange,
    Invitation,
    Member,
    Organization,
    Person,
    PrivacyRequest,
    Staff,
    StaffInvitation,
    User,
)

PERSON = Column(key="person", title=gettext_lazy("Person"))
ORGANIZATION = Column(key="organization", title=gettext_lazy("Organisation"))
"""Columns that many parts share."""


def person_columns() -> tuple[Column, ...]:
    """The personal fields that a member and a client share."""
    fields = {field.name: field for field in Member._meta.concrete_fields}
    return tuple(
        Column(key=name, title=capfirst(fields[name].verbose_name)) for name in Person.personal_fields
    )


def people(scope: Scope) -> Iterator[Row]:
    """The family's own truth; of other adults of the account the name."""
    members = Member.objects.filter(pk__in=scope.whole | scope.named).annotate(
        is_owner=Exists(AccountOwner.objects.filter(member=OuterRef("pk")))
    )
    for member in stream(members.order_by("pk")):
        name = scope.person(member.pk) if member.pk in scope.twins else member.full_name
        row = {"person": name, "is_owner": member.is_owner}
        if member.pk in scope.whole:
            row |= {name: getattr(member, name) for name in Person.personal_fields}
            row |= {
                "has_login": member.user_id is not None,
                "added_at": member.created_at,
                "photo_file": picture("family", member.code, member.photo.name),
            }
        yield row


def photos(scope: Scope) -> Iterator[ExportedFile]:
    """The family's own pictures."""
    for member in stream(Member.objects.filter(pk__in=scope.whole).exclude(photo="").order_by("pk")):
        yield ExportedFile(picture("family", member.code, member.photo.name), member.photo.name)


def account(scope: Scope) -> Iterator[Row]:
    """The account itself, for who owns it."""
    if scope.runs_account:
        held = scope.account
        yield {
            "name": held.name,
            "code": held.code,
            "country": held.country,
            "opened_at": held.created_at,
            "confirmed_at": held.confirmed_at,
        }


def logins(scope: Scope) -> Iterator[Row]:
    """Whoever may log in; when they last did is one's own."""
    users = User.objects.filter(member__in=scope.whole).select_related("member")
    verified = ArrayAgg("emailaddress__email", filter=Q(emailaddress__verified=True), default=[])
    for user in stream(users.annotate(verified=verified).order_by("pk")):
        own = user.pk == scope.reader.user_id
        yield {
            "person": scope.person(user.member.pk),
            "email": user.email,
            "language": user.language,
            "made_at": user.created_at,
            "confirmed_addresses": user.verified if own else [],
            "last_login": user.last_login if own else None,
        }


def second_factors(scope: Scope) -> Iterator[Row]:
    """One's own authenticator apps and passkeys."""
    for factor in stream(Authenticator.objects.filter(user=scope.user).order_by("pk")) if scope.user else ():
        yield {"kind": factor.type, "made_at": factor.created_at, "last_used_at": factor.last_used_at}


def sessions(scope: Scope) -> Iterator[Row]:
    """Where one is logged in oneself: of anybody else this is nobody's business (RULES 2.10)."""
    for session in stream(UserSession.objects.filter(user=scope.user).order_by("pk")) if scope.user else ():
        yield {
            "began_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "ip": session.ip,
            "device": session.user_agent,
        }


def email_changes(scope: Scope) -> Iterator[Row]:
    """Other e-mails that one wanted for one's own login."""
    for change in stream(EmailChange.objects.filter(user=scope.user).order_by("pk")) if scope.user else ():
        yield {
            "from": change.old_email,
            "to": change.new_email,
            "asked_at": change.created_at,
            "ended_at": change.ended_at,
        }


def invitations(scope: Scope) -> Iterator[Row]:
    """Links that were mailed; never the links themselves."""
    to_members = Invitation.objects.filter(member__in=scope.whole).select_related("organization")
    to_staff = StaffInvitation.objects.filter(staff__user=scope.user).select_related("organization")
    every = chain(stream(to_members.order_by("pk")), stream(to_staff.order_by("pk")) if scope.user else ())
    for each in every:
        is_staff = isinstance(each, StaffInvitation)
        yield {
            "person": scope.person(scope.reader.pk if is_staff else each.member_id),
            "organization": each.organization.name if each.organization else "",
            "purpose": "staff" if is_staff else each.purpose,
            "email": each.email,
            "sent_at": each.created_at,
            "until": each.expires_at,
            "used_at": each.used_at,
            "taken_back_at": each.revoked_at,
        }


def work(scope: Scope) -> Iterator[Row]:
    """Where one works oneself."""
    if scope.user is None:
        return
    held = ArrayAgg("roles__name", filter=Q(roles__isnull=False), default=[])
    staff = Staff.objects.filter(user=scope.user).select_related("organization").annotate(held=held)
    for each in stream(staff.order_by("pk")):
        yield {
            "organization": each.organization.name,
            "name": each.name,
            "roles": each.held,
            "is_active": each.is_active,
            "since": each.created_at,
        }


def requests(scope: Scope) -> Iterator[Row]:
    """What the reader asked about their data."""
    asked = PrivacyRequest.objects.filter(requested_by=scope.reader, account=scope.account)
    if not scope.is_whole_account:
        asked = asked.filter(member=scope.member)
    for each in stream(asked.order_by("pk")):
        yield {
            "kind": each.kind,
            "about": scope.name_of(each.member_id) if each.member_id else scope.account.name,
            "state": each.state,
            "asked_at": each.created_at,
            "finished_at": each.finished_at,
        }


def done(scope: Scope) -> Iterator[Row]:
    """What was done about these people, and by the reader. Addresses and devices are one's own only."""
    places = dict(Organization.objects.values_list("pk", "name"))
    for event in stream(events_of(scope).order_by("at", "pk")):
        own = event.actor_member_id == scope.reader.pk and scope.holds_reader
        place = places.get(event.organization_id, "")
        yield {
            "at": event.at,
            "organization": place,
            "what": activity.words_of(event),
            "fields": [str(word) for word in activity.changed(event)],
            "by": _by_whom(scope, event, place),
            "about": [scope.names[pk] for pk in event.member_ids if pk in scope.names],
            "ip": event.ip if own else "",
            "device": event.user_agent if own else "",
        }


def events_of(scope: Scope) -> Any:
    """The audit that may go in: about these people, and what the reader did where the export is about them."""
    about = Q(member_ids__overlap=sorted(scope.whole), action__in=activity.actions(is_for_family=True))
    if scope.named:
        money = activity.actions(Topic.MONEY, is_for_family=True)
        about |= Q(member_ids__overlap=sorted(scope.named), action__in=money)
    if scope.holds_reader:
        about |= Q(actor_member_id=scope.reader.pk)
    events = AuditEvent.objects.filter(about)
    if scope.barred:
        hidden = sorted(scope.barred)
        events = events.exclude(Q(member_ids__overlap=hidden) | Q(actor_member_id__in=hidden))
    return events


def _by_whom(scope: Scope, event: AuditEvent, place: str) -> str:
    if event.actor_kind == ActorKind.STAFF:
        return place or _("Staff")
    if event.actor_kind == ActorKind.PERSON:
        return scope.name_of(event.actor_member_id) if event.actor_member_id else _("Somebody not logged in")
    return _("Kinroll, by itself")


def count_people(scope: Scope) -> Mapping[int | None, int]:
    """The people on the family's own side."""
    return {None: len(scope.whole - scope.twins) + len(scope.named)}


def count_done(scope: Scope) -> Mapping[int | None, int]:
    """Entries of the audit, all on the family's side of the page. One query."""
    return {None: events_of(scope).aggregate(n=Count("pk"))["n"]}


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    for each in LEFT_OUT:
        export_left_out.register(each)
    privacy_holdings.register(Holding(key="people", order=10, count=count_people, words=_people_in_words))
    privacy_holdings.register(Holding(key="done", order=90, count=count_done, words=_done_in_words))


def _people_in_words(n: int) -> str:
    text = ngettext(
        "%(n)s person: names, birth date, contact details, photo, as your family gave them",
        "%(n)s people: names, birth dates, contact details, photos, as your family gave them", n,
    )  # fmt: skip
    return text % {"n": n}


def _done_in_words(n: int) -> str:
    return ngettext(
        "%(n)s entry of what was done, by whom and when",
        "%(n)s entries of what was done, by whom and when",
        n,
    ) % {"n": n}


PARTS = (
    ExportPart(
        key="account",
        order=10,
        title=gettext_lazy("Your account"),
        about=gettext_lazy("The account as Kinroll keeps it for your family."),
        columns=columns(
            name=gettext_lazy("Name"), code=gettext_lazy("Code"), country=gettext_lazy("Country"),
            opened_at=gettext_lazy("Opened"), confirmed_at=gettext_lazy("E-mail confirmed"),
        ),
        rows=account,
        models=("accounts.Account",),
        is_sheet=True,
    ),
    ExportPart(
        key="people",
        order=20,
        title=gettext_lazy("People"),
        about=gettext_lazy("What your family says of its people. Organisations have copies of their own, below."),
        columns=(
            PERSON, *person_columns(),
            *columns(
                is_owner=gettext_lazy("Runs the account"), has_login=gettext_lazy("Has a login"),
                added_at=gettext_lazy("Added"), photo_file=gettext_lazy("Photo"),
            ),
        ),
        rows=people,
        models=("accounts.Member", "accounts.AccountOwner"),
        is_sheet=True,
        files=photos,
    ),
    ExportPart(
        key="logins",
        order=30,
        title=gettext_lazy("Logins"),
        about=gettext_lazy("Who may log in. Passwords are kept as a fingerprint only, which tells nothing."),
        columns=(
            PERSON,
            *columns(
                email=gettext_lazy("E-mail"), language=gettext_lazy("Language"), made_at=gettext_lazy("Made"),
                confirmed_addresses=gettext_lazy("Confirmed addresses"), last_login=gettext_lazy("Last log-in"),
            ),
        ),
        rows=logins,
        models=("accounts.User", EmailAddress._meta.label),
    ),
    ExportPart(
        key="second_factors",
        order=31,
        title=gettext_lazy("Second factors"),
        about=gettext_lazy("Your authenticator apps, passkeys and recovery codes, without their secrets."),
        columns=(
            Column(key="kind", title=gettext_lazy("Kind"), choices=dict(Authenticator.Type.choices)),
            *columns(made_at=gettext_lazy("Made"), last_used_at=gettext_lazy("Last used")),
        ),
        rows=second_factors,
        models=(Authenticator._meta.label,),
    ),
    ExportPart(
        key="sessions",
        order=32,
        title=gettext_lazy("Where you are logged in"),
        about=gettext_lazy("Your own log-ins that have not ended."),
        columns=columns(
            began_at=gettext_lazy("Began"), last_seen_at=gettext_lazy("Last seen"),
            ip=gettext_lazy("Address"), device=gettext_lazy("Device"),
        ),
        rows=sessions,
        models=(UserSession._meta.label,),
    ),
    ExportPart(
        key="email_changes",
        order=33,
        title=gettext_lazy("Changes of the log-in e-mail"),
        about=gettext_lazy("What you asked for, whether or not it was confirmed."),
        columns=columns(
            **{"from": gettext_lazy("From"), "to": gettext_lazy("To")},
            asked_at=gettext_lazy("Asked"), ended_at=gettext_lazy("Ended"),
        ),
        rows=email_changes,
        models=("accounts.EmailChange",),
    ),
    ExportPart(
        key="invitations",
        order=34,
        title=gettext_lazy("Invitations"),
        about=gettext_lazy("Links that were mailed, to take an account over or to get a login."),
        columns=(
            PERSON, ORGANIZATION,
            Column(
                key="purpose", title=gettext_lazy("For"),
                choices={**dict(InvitationPurpose.choices), "staff": gettext_lazy("Work at the organisation")},
            ),
            *columns(
                email=gettext_lazy("E-mail"), sent_at=gettext_lazy("Sent"), until=gettext_lazy("Until"),
                used_at=gettext_lazy("Used"), taken_back_at=gettext_lazy("Taken back"),
            ),
        ),
        rows=invitations,
        models=("accounts.Invitation", "accounts.StaffInvitation"),
    ),
    ExportPart(
        key="work",
        order=34,
        title=gettext_lazy("Where you work"),
        about=gettext_lazy("Organisations whose staff you are."),
        columns=(
            ORGANIZATION,
            *columns(
                name=gettext_lazy("Name"), roles=gettext_lazy("Roles"), is_active=gettext_lazy("Active"),
                since=gettext_lazy("Since"),
            ),
        ),
        rows=work,
        models=("accounts.Staff",),
    ),
    ExportPart(
        key="requests",
        order=80,
        title=gettext_lazy("Requests about your data"),
        about=gettext_lazy("Copies and erasures that you asked for."),
        columns=(
            Column(key="kind", title=gettext_lazy("What"), choices=dict(PrivacyKind.choices)),
            *columns(about=gettext_lazy("About")),
            Column(key="state", title=gettext_lazy("State"), choices=dict(PrivacyState.choices)),
            *columns(asked_at=gettext_lazy("Asked"), finished_at=gettext_lazy("Finished")),
        ),
        rows=requests,
        models=("accounts.PrivacyRequest",),
    ),
    ExportPart(
        key="activity",
        order=90,
        title=gettext_lazy("What was done"),
        about=gettext_lazy("Who did what, about whom and when. Addresses and devices are your own only."),
        columns=(
            *columns(at=gettext_lazy("When")), ORGANIZATION,
            *columns(
                what=gettext_lazy("What"), fields=gettext_lazy("Fields"), by=gettext_lazy("By"),
                about=gettext_lazy("About"), ip=gettext_lazy("Address"), device=gettext_lazy("Device"),
            ),
        ),
        rows=done,
        models=("accounts.AuditEvent",),
    ),
)  # fmt: skip

LEFT_OUT = (
    LeftOut(
        key="others",
        order=10,
        text=gettext_lazy(
            "People of other families, and what adults of your account with a login of their own decide alone: "
            "each of them can make a copy of their own."
        ),
    ),
    LeftOut(
        key="secrets",
        order=20,
        text=gettext_lazy("Passwords, links and codes: they are kept as fingerprints, or not at all."),
    ),
)
