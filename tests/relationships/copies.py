"""Families that have used everything, and what a copy of their data holds."""

import csv
import json
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts import archives, audit
from accounts.actors import Actor
from accounts.enums import ActorKind, InvitationPurpose
from accounts.exporting import Scope, export_parts
from accounts.models import Invitation, Member
from billing.models import Allocation, Refund
from clients.enums import MemoAudience
from messaging import outbox
from relationships import exporting
from relationships.models import LinkRequest, PickUpPerson
from tests import factories as make
from tests.cast import Cast
from waivers.enums import Capacity

PICTURE = b"a picture, as far as a file goes"


def acting(member: Member, **where: Any) -> Actor:
    """A member at a page of theirs."""
    return Actor(kind=ActorKind.PERSON, user=member.user, member=member, **where)


def fill(cast: Cast, more: str = "") -> None:
    """Everything that a family can leave behind, by three families, each with strings of its own.

    ``more`` tells a second time from the first.
    """
    for payer, taker, tag in (
        (cast.owner, cast.child, "Okafor"),
        (cast.other_guardian, cast.child, "Marin"),
        (cast.stranger, cast.stranger_child, "Lindqvist"),
    ):
        _bookings(cast, payer, taker, tag)
        _papers(cast, payer, taker, tag)
        _words(cast, payer, taker, tag, more)
        _deeds(payer, taker, tag)
    _photo(cast.child)
    client = cast.client(cast.child)
    client.photo.save("", ContentFile(PICTURE + b" of the club"))
    make.MemoFactory(client=client, text="Bring the blue towel", audience=MemoAudience.FAMILY)


def _bookings(cast: Cast, payer: Member, taker: Member, tag: str) -> None:
    drop_in = make.ProductFactory(organization=cast.organization, kind="drop_in", name=f"Visit {tag}")
    session = make.session_today(
        cast.organization, service__drop_in=drop_in, title=f"Swim with {tag}"
    )  # fmt: skip
    cart = make.CartFactory(organization=cast.organization, buyer=payer)
    line = make.CartLineFactory(cart=cart, member=taker, product=drop_in, label=f"Left behind by {tag}")
    make.RegistrationFactory(
        session=session, client=cast.client(taker), booked_by=payer, cart_line=line
    )  # fmt: skip
    household = cast.client(payer).household
    bill = make.InvoiceLineFactory(
        invoice__household=household, client=cast.client(taker), label=f"Swim with {tag}"
    ).invoice
    method = payer.payment_methods.first()
    payment = make.PaymentFactory(
        household=household, paid_by=payer, method=method, kind="card" if method else "cash"
    )
    Allocation.objects.create(
        organization=cast.organization, payment=payment, invoice=bill, amount_minor=bill.total_minor
    )
    Refund.objects.create(
        organization=cast.organization, payment=payment, amount_minor=100, reason="place_gone"
    )


def _papers(cast: Cast, payer: Member, taker: Member, tag: str) -> None:
    version = make.DocumentVersionFactory(
        document__organization=cast.organization,
        document__title=f"Waiver {tag}",
        text=f"I, {tag}, take part.",
    )
    make.SignatureFactory(
        version=version, client=cast.client(taker), signer=payer, capacity=Capacity.GUARDIAN,
        typed_name=payer.full_name, ip=f"203.0.113.{payer.pk % 250}", user_agent=f"Browser of {tag}",
    )  # fmt: skip
    PickUpPerson.objects.create(
        member=taker,
        name=f"Aunt {tag}",
        phone="+14165550177",
        starts_on=timezone.now().date(),
        added_by=payer,
    )


def _words(cast: Cast, payer: Member, taker: Member, tag: str, more: str) -> None:
    outbox.queue(
        template="messaging/email/claimed",
        address=payer.email,
        dedupe_key=f"copies:{tag}{more}",
        context={"name": payer.given_name, "sender": f"Club of {tag}", "home_url": "https://club.test/my/"},
        member_ids=[payer.pk, taker.pk],
        organization=cast.organization,
        reader=payer,
    )
    Invitation.objects.create(
        token_hash=f"hash-{tag}{more}", purpose=InvitationPurpose.LOGIN, account=payer.account, member=payer,
        email=f"invited.{tag}@mail.test",
        revoked_at=timezone.now(), expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    if payer != cast.owner and not more:
        LinkRequest.objects.create(
            asker=payer, addressee=cast.owner, about=f"{tag} writes Tobias", kind="other", asked=["view"],
            starts_on=timezone.now().date(), expires_at=timezone.now() + timedelta(days=7),
        )  # fmt: skip


def _deeds(payer: Member, taker: Member, tag: str) -> None:
    with transaction.atomic():
        audit.record(
            by=acting(payer, ip=f"198.51.100.{payer.pk % 250}", user_agent=f"Phone of {tag}"),
            action="scheduling.booked",
            target=taker,
            members=[taker],
        )


def _photo(member: Member) -> None:
    member.photo.save("", ContentFile(PICTURE))


@dataclass(frozen=True)
class Copy:
    """An archive, unpacked."""

    files: dict[str, bytes]

    @property
    def text(self) -> str:
        """Everything in it that can be read, the names of its files too."""
        return "\n".join([*self.files, *(data.decode(errors="replace") for data in self.files.values())])

    @property
    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of each part, as machines read them."""
        found: dict[str, list[dict[str, Any]]] = json.loads(self.files["data.json"])["parts"]
        return found

    def table(self, key: str) -> list[dict[str, str]]:
        """A part's CSV."""
        return list(csv.DictReader(StringIO(self.files[f"csv/{key}.csv"].decode("utf-8-sig"))))

    def finds(self, *strings: str) -> list[str]:
        """Which of these stand anywhere in it."""
        text = self.text
        return [each for each in strings if each and each in text]


def unpack(data: bytes) -> Copy:
    """The files of a ZIP."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return Copy({name: archive.read(name) for name in archive.namelist()})


def written(scope: Scope) -> Copy:
    """The copy that this scope makes."""
    out = BytesIO()
    archives.write(scope, out, export_parts, lambda done, total: None)
    return unpack(out.getvalue())


def copy_for(reader: Member, of: Member | None = None) -> Copy:
    """The copy that ``reader`` gets, of one person or of the whole account."""
    return written(exporting.scope_of(acting(reader), reader.account, of))
