"""The wall between two organisations (RULES 1.5): what happens at one changes nothing that the other can see.

The desk of one organisation opens each of its pages, sends each form it finds there, and asks whatever a page
asks while somebody types, by names, e-mails and numbers of families it shares with a rival and of families it
does not know. Then the rival makes these families its clients, with everything that a rival can keep of them.
Every answer must be what it was, to the letter: names, numbers, counts, errors, and the mails that went out.
Pages come from the access table, so that a new one is walked the day it is made.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Member, NumberCounter, Organization
from accounts.money import Money
from accounts.operations import invitations
from billing import ledger
from billing.enums import CartState, LedgerKind
from billing.operations import fulfilment
from clients import naming
from clients.models import Client, Household
from messaging import letters
from messaging.models import Message
from scheduling.models import Place
from tests import factories as make
from tests.access import scene as scenes
from tests.access.forms import Form, forms_in
from tests.access.scene import Scene
from tests.access.table import PAGES, Page
from tests.billing.purse import held_cart
from tests.cast import Cast
from tests.web import Page as Answer
from tests.web import Web

RANDOM = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|name="once" value="[^"]*"|once=[\w-]+'
    r"|\b[0-9A-HJKMNP-TV-Z]{10}\b|\bown-\w{10}\b|[\w-]{8}-[\w-]{4}-[\w-]{4}-[\w-]{4}-[\w-]{12}|\b\d{3}(?:&nbsp;|\xa0)\d{3}\b|/(?:claim|join)/[\w-]{20,}"
)
BY = Actor.of_command("test")
OF_THE_FAMILY = ("staff:pick_up_photo",)
"""What a family said itself, to every organisation that its child is a client of; the rival's child is one of both."""
FIRST_NUMBER = 7_000
"""The rival's numbers, so that none of ours is one of theirs."""


def of_the_desk() -> list[Page]:
    """Every page of staff, and of the organisation for anyone."""
    return [page for page in PAGES if page.names_org and not page.asks_stripe]


def life_at(organization: Organization, members: list[Member], mark: str) -> dict[str, str]:
    """All that an organisation can keep of a family, each thing told by ``mark``; what would give it away."""
    for kind in ("household", "client", "invoice"):
        counter, _made = NumberCounter.objects.get_or_create(organization=organization, kind=kind)
        counter.last = max(counter.last, FIRST_NUMBER)
        counter.save()
    child, owner = members[-1], members[0]
    known = [
        make.ClientFactory(
            organization=organization,
            member=member,
            given_name=f"{mark}{n}",
            family_name=f"{mark}son",
            email=f"{mark}{n}@rival.test".lower(),
            phone=f"+4420718387{n:02}",
            staff_set=["given_name", "family_name", "email", "phone"],
        )
        for n, member in enumerate(members)
    ]
    household = known[0].household
    household.name, household.hidden_at = f"{mark} household", timezone.now()
    household.billing_contact = owner
    household.save()
    naming.refresh(organization, [household])
    make.MemoFactory(client=known[-1], text=f"{mark} memo", is_starred=True)
    product = make.ProductFactory(organization=organization, name=f"{mark} fee", kind="drop_in")
    session = make.session_today(organization, service__title=f"{mark} class", service__drop_in=product)
    for client in known:
        make.RegistrationFactory(session=session, client=client)
    make.SignatureFactory(
        version__document__organization=organization,
        version__document__title=f"{mark} waiver",
        client=known[-1],
        signer=owner,
        typed_name=f"{mark} signed",
    )
    _money(organization, household, known[-1], product, mark)
    cart = make.CartFactory(
        organization=organization,
        buyer=owner,
        state=CartState.HELD,
        held_until=timezone.now() + timedelta(hours=1),
    )
    line = make.CartLineFactory(cart=cart, member=child, product=product)
    Place.objects.create(organization=organization, cart_line=line, session=session)
    return {
        "name": f"{mark}son",
        "email": known[0].email,
        "account": str(household.number),
        "client": str(known[-1].number),
    }


def _money(organization: Organization, household: Household, client: Client, product: Any, mark: str) -> None:
    bill = make.InvoiceLineFactory(
        invoice__household=household, client=client, product=product, label=f"{mark} bill"
    )
    make.PaymentFactory(household=household, paid_by=client.member)
    amount = Money(777_77, organization.currency)
    with transaction.atomic():
        ledger.post(
            by=BY,
            organization=organization,
            kind=LedgerKind.INVOICE,
            at=timezone.now(),
            invoice=bill.invoice,
            entries=[
                ledger.debit(ledger.RECEIVABLE, amount, household),
                ledger.credit(ledger.revenue("x"), amount),
            ],
        )


@contextmanager
def undone() -> Iterator[None]:
    """Whatever a form does is taken back."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # so that operations undo themselves, as in life
    with block:
        yield
        transaction.set_rollback(True)


def body(answer: Answer, asked: str = "\0") -> str:
    """Status, where it leads, and all it says; without what is random each time, or repeats what was ``asked``."""
    response = answer.response
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = unescape(content.decode("utf-8", "replace"))
    whole = f"{response.status_code} {response.headers.get('Location', '')}\n{text}"
    return RANDOM.sub("…", whole.replace(asked, "…"))


def mails(organization: Organization | None = None) -> list[str]:
    """What went out, of one organisation or of all, as it is read."""
    rendered = []
    messages = Message.objects.select_related("organization", "reader__user").order_by("pk")
    for message in messages.filter(organization=organization) if organization else messages:
        mail = letters.write(message)
        said = f"{mail.from_email} {mail.to} {mail.subject}\n{mail.body}\n{mail.alternatives}"
        rendered.append(RANDOM.sub("…", said))
    return rendered


class Walk:
    """Every answer that somebody can get, by what was asked."""

    def __init__(self, browser: Web, texts: list[str]) -> None:
        self.browser, self.texts = browser, texts
        self.email = next((text for text in texts if "@" in text), "")
        self.answers: dict[str, str] = {}

    def get(self, url: str) -> Answer | None:
        """Open an address."""
        if f"GET {url}" in self.answers:
            return None
        with undone():
            answer = self.browser.get(url, follow=False)
        self.answers[f"GET {url}"] = body(answer)
        return answer

    def post(self, url: str, data: dict[str, Any]) -> None:
        """Send a form, and read the mails that came of it."""
        asked = f"POST {url} {RANDOM.sub('…', urlencode(sorted(data.items())))}"
        if asked in self.answers:
            return
        with undone():
            self.answers[asked] = body(self.browser.post(url, data, follow=False))
            self.answers[f"{asked}, mails"] = "\n".join(mails())

    def page(self, url: str) -> None:
        """Open a page, send each form on it, and ask what it asks as somebody types."""
        answer = self.get(url)
        if (
            answer is None
            or answer.status != 200
            or "text/html" not in answer.response.headers.get("Content-Type", "")
        ):
            return
        forms, asked = forms_in(answer.html)
        for address, name in asked:
            for text in self.texts:
                self.get(f"{address}?{urlencode({name: text})}")
        for form in forms:
            there = form.action or url
            if there.startswith(("/staff/", "/o/")):
                self.form(form, there)

    def form(self, form: Form, there: str) -> None:
        """Fill in a form: a search in every way, any other once."""
        if form.method == "get":
            for filling in form.searches(self.texts):
                self.get(f"{there}?{urlencode(filling)}")
        else:
            self.post(there, form.filled(self.email))


def of_the_family() -> list[Page]:
    """Every page of the family's own that is opened."""
    return [page for page in PAGES if page.name.startswith("portal:") and not page.posts | page.asks_stripe]


def opened(browser: Web, scene: Scene) -> dict[str, str]:
    """Every page of the family's own, as it is read."""
    walk = Walk(browser, [""])
    for page in of_the_family():
        walk.get(reverse(page.name, kwargs=page.kwargs(scene)))
    return walk.answers


def walked(browser: Web, scene: Scene, texts: list[str]) -> dict[str, str]:
    """Every answer that the desk can get."""
    walk = Walk(browser, texts)
    for page in of_the_desk():
        url = reverse(page.name, kwargs=page.kwargs(scene))
        if page.posts:
            walk.post(url, page.sends(scene))
        else:
            walk.page(url)
    return walk.answers


def told(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What is not the same any more: the first lines that differ, by what was asked."""
    different = {}
    for asked in before.keys() | after.keys():
        first, second = before.get(asked, "").splitlines(), after.get(asked, "").splitlines()
        if first != second:
            lines = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]]
            different[asked] = lines[0] if lines else (f"{len(first)} lines", f"{len(second)} lines")
    return different


def test_what_a_rival_keeps_of_the_same_families_changes_nothing_that_the_desk_sees(
    cast: Cast, web: Web
) -> None:
    scene = scenes.of_family(cast)
    cast.household.billing_contact = cast.owner
    cast.household.save()
    strangers: list[Member] = [make.MemberFactory(owner=True, email="zenobia0@rival.test")]
    strangers.append(make.MemberFactory(account=strangers[0].account, email=""))
    texts = ["Zenobiason", "zenobia0@rival.test", "ophelia0@rival.test", str(FIRST_NUMBER + 1)]
    desk = web.as_(cast.administrator)
    with time_machine.travel(timezone.now(), tick=False):
        before = opened(web.as_(cast.owner), scene), walked(desk, scene, texts)
        theirs = life_at(cast.rival, strangers, "Zenobia")
        at_home = opened(web.as_(cast.owner), scene)
        both = life_at(cast.rival, cast.family, "Ophelia")
        at_the_desk = walked(desk, scene, texts)

    assert (told(before[0], at_home), told(before[1], at_the_desk)) == ({}, {})
    assert {both["email"], theirs["email"]} <= set(texts)
    assert not [
        mark for mark in ("Ophelia", "777.77") if any(mark in answer for answer in at_the_desk.values())
    ]
    assert len(before[0]) > 20 and len(before[1]) > 150  # that it walks at all  # noqa: PT018


def test_what_is_the_rivals_is_answered_as_what_does_not_exist(cast: Cast, web: Web) -> None:
    ours = scenes.of_family(cast)
    for kind in ("household", "client", "invoice"):
        NumberCounter.objects.filter(organization=cast.rival, kind=kind).update(last=FIRST_NUMBER)
    theirs = scenes.of_rival(cast)
    Client.objects.filter(pk=theirs.client.pk).update(number=FIRST_NUMBER)
    Household.objects.filter(pk=theirs.household.pk).update(number=FIRST_NUMBER)
    theirs.client.number = theirs.household.number = FIRST_NUMBER
    desk = web.as_(cast.administrator)
    different = {}
    for page in PAGES:
        about = page.about(theirs)
        of_ours = page.name in OF_THE_FAMILY or about == page.about(ours)
        if not page.name.startswith("staff:") or not about or of_ours:
            continue
        nothing = {name: 999_999 if isinstance(value, int) else "NOTTHERE00" for name, value in about.items()}
        answers = []
        for sought in (about, nothing):
            url = reverse(page.name, kwargs=ours.org | sought)
            with undone():
                answer = (desk.post if page.posts else desk.get)(url, follow=False)
            answers.append((answer.status, body(answer, url)))
        if answers[0] != answers[1]:
            different[page.name] = (answers[0][0], answers[1][0])

    assert different == {}


def test_a_mail_of_one_organisation_says_nothing_of_another(cast: Cast) -> None:
    marks = {
        cast.organization: ["Riverside", "Otters"],
        cast.rival: ["Lumen", "Waltzes"],
    }
    for organization, (_name, title) in marks.items():
        fee = make.ProductFactory(organization=organization, price_minor=0)
        offered = make.course(service__organization=organization, service__title=title, course_fee=fee)
        cart = held_cart(cast.stranger, offered, [cast.stranger_child])
        fulfilment.fulfil(by=BY, cart=cart)
        kept = make.MemberFactory(owner=True, account__kept_by=organization)
        invitations.invite_to_claim(by=BY, organization=organization, member=kept)

    every = [mark for of_one in marks.values() for mark in of_one]
    told = {
        organization: [mark for mark in every if any(mark in mail for mail in mails(organization))]
        for organization in marks
    }

    assert told == marks
