"""What the addresses of the access table are about: one family's things at one organisation."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.enums import InvitationPurpose, PrivacyKind, PrivacyState
from accounts.models import (
    EmailChange,
    Invitation,
    Member,
    Organization,
    PrivacyRequest,
    Staff,
    StaffInvitation,
)
from billing.models import Cart, Invoice, PaymentMethod
from clients.models import Client, Household, Memo
from relationships.enums import LinkKind, MoveState
from relationships.models import LinkRequest, ManagerLink, MoveRequest, NeverRelease, NoContact, PickUpPerson
from scheduling.models import Place, Schedule, Session
from tests import factories as make
from tests.cast import Cast


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A family at an organisation, with something on every page."""

    organization: Organization
    payer: Member
    child: Member
    household: Household
    client: Client
    schedule: Schedule
    session: Session
    cart: Cart
    invoice: Invoice
    card: PaymentMethod
    memo: Memo
    token: str
    invited: Staff
    staff_token: str
    copy: PrivacyRequest
    link: ManagerLink
    link_request: LinkRequest
    desk_link: ManagerLink
    erasure: str
    login_token: str
    move: MoveRequest
    desk_move: MoveRequest
    change_token: str
    pick_up: PickUpPerson
    never: NeverRelease
    apart: NoContact

    @property
    def org(self) -> dict[str, Any]:
        """The organisation's part of an address."""
        return {"org": self.organization.slug}


def of_family(cast: Cast) -> Scene:
    """The owner's family at the cast's organisation; both children come today."""
    return _scene(
        cast.organization,
        cast.owner,
        cast.child,
        cast.client(cast.child),
        cast.card,
        also=[cast.client(cast.sibling), cast.client(cast.teenager)],
    )


def of_rival(cast: Cast) -> Scene:
    """The stranger's family at the rival."""
    return _scene(
        cast.rival,
        cast.stranger,
        cast.stranger_child,
        cast.client(cast.stranger_child, cast.rival),
        cast.stranger_card,
    )


def of_other_guardian(cast: Cast, own_child: Member, card: PaymentMethod) -> Scene:
    """The other guardian's own family at the cast's organisation: a child besides the one who is shared."""
    client = cast.client(own_child)
    return _scene(cast.organization, cast.other_guardian, own_child, client, card)


def _scene(
    organization: Organization,
    payer: Member,
    child: Member,
    client: Client,
    card: PaymentMethod,
    also: list[Client] | None = None,
) -> Scene:
    make.photo(child)
    if not organization.logo:
        organization.logo.save("logo.webp", ContentFile(b"a logo"))
    drop_in = make.ProductFactory(organization=organization, kind="drop_in")
    session = make.session_today(organization, service__drop_in=drop_in)
    for each in [client, *(also or [])]:
        make.RegistrationFactory(session=session, client=each)
    coming = make.course(service__organization=organization, service__drop_in=drop_in)
    cart = make.CartFactory(organization=organization, buyer=payer)
    line = make.CartLineFactory(cart=cart, member=child, product=drop_in)
    Place.objects.create(organization=organization, cart_line=line, session=coming.sessions.first())
    invited = make.StaffFactory(organization=organization, user=None, roles=["front-desk"])
    bill = make.InvoiceLineFactory(invoice__household=client.household, client=client)
    return Scene(
        organization=organization,
        payer=payer,
        child=child,
        household=client.household,
        client=client,
        schedule=coming,
        session=session,
        cart=cart,
        invoice=bill.invoice,
        card=card,
        memo=make.MemoFactory(client=client),
        token=_invite(organization, child),
        change_token=_change(payer),
        login_token=_invite(None, child, InvitationPurpose.LOGIN),
        invited=invited,
        staff_token=_invite_staff(invited),
        copy=_copy(payer),
        link=ManagerLink.objects.filter(dependent=child).first()
        or make.ManagerLinkFactory(manager=payer, dependent=child, may_book_self=True),
        link_request=_ask(child, payer),
        desk_link=make.ManagerLinkFactory(
            manager=payer, dependent=child, organization=organization, view=True
        ),
        erasure=_erasure(payer, child),
        move=make.MoveRequestFactory(member=child, asked_by=payer),
        pick_up=make.pick_up_person(child, payer),
        never=make.never_release(client, name="Hollis Crane"),
        apart=make.no_contact_with_paper(organization, child),
        desk_move=make.MoveRequestFactory(
            member=child, staff=invited, organization=organization, state=MoveState.DECLINED
        ),
    )


def _ask(asker: Member, addressee: Member) -> LinkRequest:
    """A request that waits."""
    today = timezone.now().date()
    return LinkRequest.objects.create(
        asker=asker,
        addressee=addressee,
        kind=LinkKind.OTHER,
        asked=["view", "notify"],
        starts_on=today,
        expires_at=timezone.now() + timedelta(days=3),
    )


def _erasure(payer: Member, child: Member) -> str:
    """The code of an erasure of the child that the payer asked for, which waits."""
    request = PrivacyRequest.objects.create(
        kind=PrivacyKind.ERASE, account=child.account, member=child, requested_by=payer
    )
    return request.code


def _change(payer: Member) -> str:
    """The new address's token of a log-in e-mail that is to change."""
    token = f"change-token-of-{payer.code}"
    assert payer.user is not None
    EmailChange.objects.create(
        user=payer.user,
        old_email="former@mail.test",
        new_email="wished@mail.test",
        old_token_hash=sha256(f"old-{token}".encode()).hexdigest(),
        new_token_hash=sha256(token.encode()).hexdigest(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return token


def _invite(organization: Organization | None, member: Member, purpose: str = InvitationPurpose.CLAIM) -> str:
    """The token of an open invitation."""
    token = f"{purpose}-token-of-{member.code}"
    Invitation.objects.create(
        token_hash=sha256(token.encode()).hexdigest(),
        purpose=purpose,
        organization=organization,
        account=member.account,
        member=member,
        email="invited@mail.test",
        expires_at=timezone.now() + timedelta(days=3),
    )
    return token


def _invite_staff(staff: Staff) -> str:
    """The token of an open invitation to work somewhere."""
    token = f"token-of-{staff.code}"
    StaffInvitation.objects.create(
        token_hash=sha256(token.encode()).hexdigest(),
        organization=staff.organization,
        staff=staff,
        email="newcomer@mail.test",
        expires_at=timezone.now() + timedelta(days=3),
    )
    return token


def _copy(reader: Member) -> PrivacyRequest:
    """A copy of what is held of the account, ready for ``reader``."""
    request = PrivacyRequest(
        kind=PrivacyKind.EXPORT,
        state=PrivacyState.DONE,
        account=reader.account,
        requested_by=reader,
        file_expires_at=timezone.now() + timedelta(days=7),
    )
    request.file.save("", ContentFile(b"everything"))
    return request
