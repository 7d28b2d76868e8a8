"""A family that has used everything: at least one row in each table that holds something personal.

A new model with personal fields needs a row here, or a line with the reason in ``test_traces.EXEMPT``.
"""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind, InvitationPurpose, PrivacyKind, PrivacyState
from accounts.models import (
    AuditEvent,
    EmailChange,
    Invitation,
    Member,
    PrivacyRequest,
    StaffInvitation,
    Submission,
)
from billing import flows
from clients.enums import MergeReason
from clients.operations import merging
from messaging.models import AddressSuppression, Message
from relationships.models import LinkRequest, MoveRequest, NeverRelease, PickUpPerson
from scheduling.enums import RegistrationState
from tests import factories as make
from tests.billing.purse import course, held_cart, person, real_card
from tests.cast import Cast


def use_everything(cast: Cast) -> None:
    """Rows everywhere, of the owner's account at the cast's organisation and at the rival's."""
    for member in (cast.owner, cast.child):
        cast.clients[member.pk, cast.rival.pk] = make.ClientFactory(organization=cast.rival, member=member)
    _own(cast)
    _known_twice(cast)
    _changes_and_moves(cast)
    _work(cast)
    _links(cast)
    _mails(cast)
    _money(cast)
    _visits(cast)
    for client in (cast.client(cast.child), cast.client(cast.owner, cast.rival)):
        make.SignatureFactory(
            client=client,
            version__document__organization=client.organization,
            signer=cast.owner,
            ip="198.51.100.7",
        )


def _own(cast: Cast) -> None:
    """What accounts holds: an invitation, copies, traces in the audit, forms, devices, the admin's log."""
    owner, user = cast.owner, cast.owner.user
    assert user is not None
    _invite(cast, cast.sibling)
    PrivacyRequest.objects.create(
        kind=PrivacyKind.EXPORT,
        state=PrivacyState.DONE,
        account=owner.account,
        requested_by=owner,
        file="exports/copy.zip",
    )
    for member in (owner, cast.teenager):
        AuditEvent.objects.create(
            at=timezone.now(),
            actor_kind=ActorKind.PERSON,
            user_id=member.user_id,
            actor_member_id=member.pk,
            action="tests.done",
            target_type="accounts.member",
            target_id=member.pk,
            member_ids=[member.pk],
            ip="198.51.100.7",
            user_agent="A browser",
        )
    Submission.objects.create(
        once=uuid4(), actor_key=f"person:{user.pk}", path=f"/my/people/{cast.child.code}/", body_hash="0" * 64
    )
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DP"})
    session = SessionStore()
    session["email"] = owner.email
    session.create()
    UserSession.objects.create(
        user=user, session_key=session.session_key, ip="198.51.100.7", user_agent="A browser"
    )
    LogEntry.objects.create(
        user=make.UserFactory(is_superuser=True, is_staff=True),
        content_type=ContentType.objects.get_for_model(Member),
        object_id=str(owner.pk),
        object_repr=f"Looked at {owner.full_name}",
        action_flag=CHANGE,
    )


def _invite(cast: Cast, member: Member) -> None:
    Invitation.objects.create(
        token_hash=sha256(member.code.encode()).hexdigest(),
        purpose=InvitationPurpose.CLAIM,
        organization=cast.organization,
        account=member.account,
        member=member,
        email="invited.once@okafor.test",
        expires_at=timezone.now() + timedelta(days=3),
    )


def _known_twice(cast: Cast) -> None:
    """The desk had made two of the children too: a claim recognised one, staff joined the other."""
    double = make.MemberFactory(
        account=make.AccountFactory(name="", kept_by=cast.organization),
        given_name="Tobias",
        email="",
        same_as=cast.child,
    )
    make.ClientFactory(organization=cast.organization, member=double)
    entered = make.MemberFactory(
        account=make.AccountFactory(name="Okafor", kept_by=cast.organization), given_name="Zura", email=""
    )
    merging.join(
        by=Actor.of_command("tests"),
        keep=cast.client(cast.sibling),
        drop=make.ClientFactory(organization=cast.organization, member=entered),
        because=MergeReason.DUPLICATE,
    )


def _changes_and_moves(cast: Cast) -> None:
    """A login's e-mail that is being changed, and a move that was asked for."""
    assert cast.owner.user is not None
    EmailChange.objects.create(
        user=cast.owner.user,
        old_email="amara.before@okafor.test",
        new_email="amara.after@okafor.test",
        old_token_hash="2" * 64,
        new_token_hash="3" * 64,
        expires_at=timezone.now() + timedelta(days=1),
    )
    MoveRequest.objects.create(
        member=cast.teenager,
        from_account=cast.owner.account,
        asked_by=cast.owner,
        note="He lives with his aunt now",
        expires_at=timezone.now() + timedelta(days=14),
    )


def _work(cast: Cast) -> None:
    """The co-owner worked for the rival once."""
    staff = make.StaffFactory(
        organization=cast.rival, user=cast.co_owner.user, name="Chidi Okafor", is_active=False
    )
    StaffInvitation.objects.create(
        organization=cast.rival,
        staff=staff,
        token_hash="1" * 64,
        email="chidi.at.work@okafor.test",
        expires_at=timezone.now(),
    )


def _links(cast: Cast) -> None:
    """Links, a request, who picks up, who never does, and who must be kept away from the child."""
    make.ManagerLinkFactory(
        manager=cast.owner, dependent=cast.stranger_child, guardian_reason="A court order"
    )
    LinkRequest.objects.create(
        asker=cast.stranger,
        addressee=cast.owner,
        about="Toby from school",
        kind="other",
        asked=["view"],
        starts_on=timezone.now().date(),
        expires_at=timezone.now() + timedelta(days=14),
    )
    PickUpPerson.objects.create(
        member=cast.child, name="Aunt Ngozi", phone="+14165550177", starts_on=timezone.now().date()
    )
    NeverRelease.objects.create(
        organization=cast.organization,
        client=cast.client(cast.child),
        name="Paul Dunne",
        reason="A court order",
    )
    make.NoContactFactory(organization=cast.organization, barred=cast.stranger, protected=cast.child)


def _mails(cast: Cast) -> None:
    """To them, to an address of theirs, about them to somebody else; and an address that refused."""
    for number, (reader, address, about) in enumerate(
        (
            (cast.owner, cast.owner.email, [cast.child]),
            (None, cast.co_owner.email, []),
            (cast.other_guardian, cast.other_guardian.email, [cast.child]),
        )
    ):
        Message.objects.create(
            organization=cast.organization,
            reader=reader,
            address=address,
            template="messaging/email/claimed",
            context={"name": "Toby Okafor"},
            member_ids=[member.pk for member in about],
            secret="secret",
            last_error="550 no such mailbox",
            dedupe_key=f"tests:{number}",
        )
    AddressSuppression.objects.create(address=cast.co_owner.email, reason="550")


def _money(cast: Cast) -> None:
    """A bill paid by card, in the books and mailed; and an open cart."""
    cart = held_cart(cast.owner, course(cast.organization), [cast.sibling])
    flows.pay(by=person(cast.owner, cast.organization), cart=cart, method=real_card(cast.card))
    make.CartLineFactory(
        cart__organization=cast.organization,
        cart__buyer=cast.owner,
        member=cast.child,
        product__organization=cast.organization,
    )


def _visits(cast: Cast) -> None:
    """One visit made, one missed, and a place to come."""
    for state in (RegistrationState.ATTENDED, RegistrationState.NO_SHOW):
        session = make.session_today(cast.organization)
        make.RegistrationFactory(session=session, client=cast.client(cast.child), state=state)
    coming = make.course(service__organization=cast.organization)
    make.RegistrationFactory(session=coming.sessions.first(), client=cast.client(cast.child))
