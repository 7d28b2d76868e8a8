"""Signing in a form, and the text as HTML."""

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.actors import Actor
from accounts.enums import ActorKind
from accounts.models import Member
from tests import factories as make
from tests.cast import Cast
from waivers.forms import SignForm
from waivers.markdown import to_html
from waivers.models import DocumentVersion
from waivers.requirements import missing
from waivers.sections import signed


@pytest.fixture
def text(cast: Cast) -> DocumentVersion:
    requirement = make.RequirementFactory(
        document__organization=cast.organization, document__title="Season waiver", is_for_everyone=True
    )
    version: DocumentVersion = make.DocumentVersionFactory(
        document=requirement.document, text="# Risks\n\nSwimming carries risks."
    )
    return version


def form_for(cast: Cast, signer: Member, *members: Member, data: dict[str, str] | None = None) -> SignForm:
    found = missing(organization=cast.organization, members=members, at=timezone.now(), extra={})
    actor = Actor(kind=ActorKind.PERSON, user=signer.user, member=signer)
    return SignForm(data, by=actor, organization=cast.organization, missing=found)


def test_one_name_signs_a_text_for_several_children(cast: Cast, text: DocumentVersion) -> None:
    (group,) = form_for(cast, cast.owner, cast.sibling, cast.child).groups

    form = form_for(cast, cast.owner, cast.sibling, cast.child, data={group.name: "Amara Okafor"})

    assert group.heading == "Sign for Zuri and Toby"
    assert form.is_valid()
    assert [(s.version, s.members, s.typed_name) for s in form.signed] == [
        (text, (cast.sibling, cast.child), "Amara Okafor")
    ]


def test_who_signs_for_themselves_too_is_told_so(cast: Cast, text: DocumentVersion) -> None:
    (group,) = form_for(cast, cast.owner, cast.child, cast.owner).groups

    assert group.heading == "Sign for yourself and Toby"


def test_an_adult_is_left_to_sign_alone(cast: Cast, text: DocumentVersion) -> None:
    form = form_for(cast, cast.owner, cast.child, cast.co_owner)

    assert [group.members for group in form.groups] == [(cast.child,)]
    assert [item.member for item in form.others] == [cast.co_owner]


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Type your full name to sign."),
        ("Toby Okafor", "Type your first and last name as they stand in your profile."),
    ],
)
def test_a_name_left_out_or_wrong_is_said_at_its_field(
    cast: Cast, text: DocumentVersion, typed: str, error: str
) -> None:
    (group,) = form_for(cast, cast.owner, cast.child).groups

    form = form_for(cast, cast.owner, cast.child, data={group.name: typed})

    assert form.errors == {group.name: [error]}


def test_a_name_under_a_text_that_has_changed_counts_for_nothing(cast: Cast, text: DocumentVersion) -> None:
    (group,) = form_for(cast, cast.owner, cast.child).groups
    make.DocumentVersionFactory(document=text.document, text="Quite another text")

    assert not form_for(cast, cast.owner, cast.child, data={group.name: "Amara Okafor"}).is_valid()


def test_the_partial_shows_the_text_in_a_region_with_a_heading(cast: Cast, text: DocumentVersion) -> None:
    html = render_to_string(
        "waivers/portal/sign_fields.html", {"form": form_for(cast, cast.owner, cast.child, cast.co_owner)}
    )

    assert "Sign for Toby" in html
    assert "<h4>Risks</h4>\n<p>Swimming carries risks.</p>" in html
    assert 'role="region" aria-label="Season waiver"' in html
    assert "Chidi has not signed" in html


def test_markdown_becomes_safe_html_only() -> None:
    text = "## Hi\n\n<script>alert(1)</script> [a](javascript:alert(1)) [b](https://ok.test) **x** ![i](https://x.test)"

    assert to_html(text) == (
        "<h5>Hi</h5>\n<p>&lt;script&gt;alert(1)&lt;/script&gt; [a](javascript:alert(1)) "
        '<a href="https://ok.test" rel="noopener noreferrer nofollow">b</a> <strong>x</strong> </p>\n'
    )


def test_the_profile_shows_the_newest_five_and_how_many_there_are(
    cast: Cast, text: DocumentVersion, rf: object
) -> None:
    client = cast.client(cast.child)
    make.SignatureFactory.create_batch(7, version=text, client=client, typed_name="Amara Okafor")
    data = signed.load(rf.get("/"), client)  # type: ignore[attr-defined]

    html = render_to_string(signed.template, {"data": data, "organization": cast.organization})

    assert (len(data["rows"]), data["count"]) == (5, 7)
    assert html.count("by Amara Okafor") == 5
