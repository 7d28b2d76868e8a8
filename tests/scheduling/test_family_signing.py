"""What a family has still to sign, on its first page and on a page of its own (P09, B15)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from scheduling import signing
from scheduling.models import ServiceRequirement
from tests import factories as make
from tests.cast import Cast
from tests.relationships.copies import acting
from tests.web import Page, Web
from waivers.models import DocumentVersion, Signature

pytestmark = pytest.mark.django_db


def asks(cast: Cast, title: str, organization: Any = None, **fields: Any) -> DocumentVersion:
    """The organisation asks everyone (unless told) to sign a text."""
    requirement = make.RequirementFactory(
        document__organization=organization or cast.organization,
        document__title=title,
        **{"is_for_everyone": True, **fields},
    )
    version: DocumentVersion = make.DocumentVersionFactory(document=requirement.document)
    return version


def page_at(cast: Cast, organization: Any = None) -> str:
    return reverse("portal:sign", args=[(organization or cast.organization).slug])


def waits(web: Web, person: Member, **narrowed: str) -> list[str]:
    """What the first page says is to be signed."""
    page = web.as_(person).get(reverse("portal:home"), narrowed)
    parts = page.words.split("Sign for ")[1:]
    return [part.split(" Read and sign")[0] for part in parts]


def names(page: Page, version: DocumentVersion) -> str:
    return f"sign-{version.text_hash[:12]}-{version.document_id}"


def test_what_is_to_be_signed_stands_on_the_first_page_and_is_signed_once_for_all(
    web: Web, cast: Cast
) -> None:
    version = asks(cast, "Season waiver")
    owner = web.as_(cast.owner)
    assert waits(web, cast.owner) == ["Riverside Recreation Season waiver, for Amara, Noah, Toby, Zuri."]

    page = owner.get(page_at(cast))
    wrong = owner.post(page_at(cast), {names(page, version): "Somebody Else", "once": page.once})
    sent = {names(page, version): "Amara Okafor", "once": page.once}
    signed, again = owner.post(page_at(cast), sent), owner.post(page_at(cast), sent)

    assert (wrong.status, signed.path, again.path) == (422, "/my/", "/my/")
    assert "Type your first and last name" in wrong.words
    made = Signature.objects.filter(signer=cast.owner)
    assert {row.client.member for row in made} == {cast.owner, cast.teenager, cast.child, cast.sibling}
    assert made.count() == 4
    assert waits(web, cast.owner) == []
    assert "Everything is signed" in owner.get(page_at(cast)).words  # but by the co-owner, who signs alone
    assert waits(web, cast.co_owner) == ["Riverside Recreation Season waiver, for Chidi."]


def test_the_first_page_narrowed_to_one_person_or_place_tells_of_that_alone(web: Web, cast: Cast) -> None:
    asks(cast, "Season waiver")
    asks(cast, "Dance waiver", cast.rival)
    make.ClientFactory(organization=cast.rival, member=cast.child)

    assert waits(web, cast.owner, who=cast.sibling.code) == ["Riverside Recreation Season waiver, for Zuri."]
    assert waits(web, cast.owner, at=cast.rival.slug) == ["Lumen Dance Dance waiver, for Toby."]


def test_nobody_is_asked_to_sign_for_whom_they_may_not(web: Web, cast: Cast) -> None:
    asks(cast, "Season waiver")
    adult = "Riverside Recreation Season waiver, for Rosa."

    assert (waits(web, cast.other_guardian), waits(web, cast.teenager)) == ([adult], [])
    page = web.as_(cast.other_guardian).get(page_at(cast))
    assert "Toby has not signed “Season waiver”." in page.words
    assert web.as_(cast.owner).get(page_at(cast, cast.rival)).status == 404


def test_what_a_class_asks_for_is_asked_of_who_is_booked_and_no_longer_when_it_is_over(
    web: Web, cast: Cast
) -> None:
    version = asks(cast, "Diving form", is_for_everyone=False)
    session = make.session_today(cast.organization)
    ServiceRequirement.objects.create(
        organization=cast.organization,
        service=session.service,
        requirement=version.document.requirements.get(),
    )
    make.RegistrationFactory(session=session, client=cast.client(cast.child))
    assert waits(web, cast.owner) == ["Riverside Recreation Diving form, for Toby."]

    session.starts_at, session.ends_at = (
        timezone.now() - timedelta(days=2),
        timezone.now() - timedelta(days=1),
    )
    session.save(update_fields=["starts_at", "ends_at"])
    assert waits(web, cast.owner) == []


@pytest.mark.parametrize("state", ["asked", "signed", "run out", "off", "retired", "over", "without a text"])
def test_the_first_page_asks_for_what_the_page_to_sign_asks_for(web: Web, cast: Cast, state: str) -> None:
    """Two readings of one rule: one statement over all organisations, and ``missing`` at one."""
    version = asks(cast, "Season waiver")
    requirement = version.document.requirements.get()
    if state in ("signed", "run out"):
        ends = timezone.now() + timedelta(days=1 if state == "signed" else -1)
        signature = make.SignatureFactory(
            version=version, client=cast.client(cast.child), signer=cast.owner, expires_at=ends,
            signed_at=timezone.now() - timedelta(days=30),
        )  # fmt: skip
        assert signature.pk
    if state == "off":
        requirement.is_active = False
    if state == "over":
        requirement.frequency = "season"
        requirement.season_ends_on = timezone.now().date() - timedelta(days=2)
    requirement.save()
    if state == "retired":
        version.document.is_retired = True
        version.document.save(update_fields=["is_retired"])
    if state == "without a text":
        bare = make.RequirementFactory(document__organization=cast.organization, is_for_everyone=True)
        assert not bare.document.versions.exists()

    people = [one for one in signing.people_at(acting(cast.owner), cast.organization) if one != cast.co_owner]
    wanted = [each.member.short_name for each in signing.to_sign(cast.organization, people)]
    told = waits(web, cast.owner)

    assert told == ([f"Riverside Recreation Season waiver, for {', '.join(wanted)}."] if wanted else [])
    assert wanted == {
        "signed": ["Amara", "Noah", "Zuri"],
        "off": [],
        "retired": [],
        "over": [],
    }.get(state, ["Amara", "Noah", "Toby", "Zuri"])


def test_what_an_owner_signed_waits_for_the_adult_from_their_birthday_on_and_bookings_stand(
    web: Web, cast: Cast
) -> None:
    version = asks(cast, "Season waiver", frequency="once")
    grown = make.MemberFactory(
        account=cast.owner.account, born_on=make.years_ago(18), with_login=True, email="new@adult.test"
    )
    client = make.ClientFactory(organization=cast.organization, member=grown)
    booked = make.RegistrationFactory(session=make.session_today(cast.organization), client=client)
    make.SignatureFactory(version=version, client=client, signer=cast.owner, capacity="owner")

    told = waits(web, grown)
    asked = [(each.member, each.version) for each in signing.to_sign(cast.organization, [grown])]

    booked.refresh_from_db()
    assert (told, asked, booked.state) == (
        [f"Riverside Recreation Season waiver, for {grown.short_name}."],
        [(grown, version)],
        "booked",
    )
