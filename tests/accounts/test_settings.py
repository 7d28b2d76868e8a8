"""An organisation's settings: saved together, told when two save at once, seen on the public page."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.errors import ChangedMeanwhile, NotAllowed, Refused
from accounts.files import version_of
from accounts.models import AuditEvent, Organization
from accounts.operations import settings as operations
from accounts.operations.settings import SettingFixed
from accounts.settings_forms import OrganizationForm
from tests import factories as make
from tests.accounts.staffing import OPERATOR, acting, club
from tests.cast import Cast
from tests.pictures import plain
from tests.web import Page, Web

pytestmark = pytest.mark.django_db


def change(organization: Organization, **values: Any) -> Organization:
    return operations.change(by=OPERATOR, organization=organization, values=values, seen=organization.version)


def sent_by(organization: Organization, **changes: Any) -> dict[str, Any]:
    """What the page sends where nobody changed anything but ``changes``."""
    form = OrganizationForm(organization=organization, fixed={})
    names = [name for name in form.fields if name not in ("logo", "removes_logo")]
    return {"seen": organization.version, **{name: form.initial[name] for name in names}} | changes


def save(web: Web, cast: Cast, **changes: Any) -> Page:
    cast.organization.refresh_from_db()
    return web.as_(cast.administrator).post(
        reverse("staff:settings_organization", args=["riverside"]), sent_by(cast.organization, **changes)
    )


def test_settings_are_saved_together_the_version_grows_and_the_audit_names_the_fields() -> None:
    organization = club()
    change(organization, name="Riverside", hold_minutes=20, hue=1)
    organization.refresh_from_db()
    assert (organization.name, organization.hold_minutes, organization.version) == ("Riverside", 20, 2)
    assert AuditEvent.objects.get(action="accounts.settings_changed").changes == {
        "fields": ["hold_minutes", "name"]
    }
    change(organization, name="Riverside")
    organization.refresh_from_db()
    assert organization.version == 2


@pytest.mark.parametrize(
    "values",
    [
        {"time_zone": "Mars/Olympus"},
        {"currency": "XYZ"},
        {"hue": 9},
        {"age_of_majority": 3},
        {"locale": "xx"},
    ],
)
def test_one_wrong_value_keeps_all_of_them_out(values: dict[str, Any]) -> None:
    organization = club()
    with pytest.raises(Refused):
        change(organization, **{"name": "Other", **values})
    organization.refresh_from_db()
    assert (organization.name, organization.version) == ("Riverside Recreation", 1)


def test_the_currency_is_fixed_by_the_first_row_of_the_books(cast: Cast, web: Web) -> None:
    change(cast.organization, currency="USD")
    cast.organization.refresh_from_db()
    payment = make.PaymentFactory(household=cast.household)
    with pytest.raises(SettingFixed):
        change(cast.organization, currency="CAD")
    page = save(web, cast, currency="CAD", name="Riverside")
    assert "Settings saved" in page
    assert "Fixed since the first payment" in page
    cast.organization.refresh_from_db()
    assert (payment.organization_id, cast.organization.currency, cast.organization.name) == (
        cast.organization.pk,
        "USD",
        "Riverside",
    )


def test_of_two_open_pages_the_second_is_told_what_is_saved_and_keeps_what_was_typed(
    cast: Cast, web: Web
) -> None:
    old = sent_by(cast.organization)
    save(web, cast, name="Riverside", time_zone="America/Halifax")
    page = web.as_(cast.administrator).post(
        reverse("staff:settings_organization", args=["riverside"]), old | {"tagline": "Swim"}
    )
    assert page.status == 422
    assert str(ChangedMeanwhile.message) in page
    assert "Saved now: Riverside" in page
    assert "Saved now: Halifax" in page
    assert 'value="Swim"' in page.html
    page = web.as_(cast.administrator).post(
        reverse("staff:settings_organization", args=["riverside"]),
        old | {"tagline": "Swim", "seen": cast.organization.version + 1},
    )
    cast.organization.refresh_from_db()
    assert ("Settings saved" in page, cast.organization.tagline) == (True, "Swim")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 121, "at most 120 characters"),
        ("tagline", "x" * 201, "at most 200 characters"),
        ("time_zone", "Mars/Olympus", "Select a valid choice."),
        ("currency", "<b>", "Select a valid choice."),
        ("age_of_majority", "13", "greater than or equal to 14"),
        ("minimum_purchase_age", "999999999999", "less than or equal to 25"),
        ("hidden_after_months", "0", "greater than or equal to 1"),
        ("hold_minutes", "soon", "Enter a whole number."),
        ("hue", "9", "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_by_its_field_and_nothing_is_saved(
    cast: Cast, web: Web, field: str, value: str, said: str
) -> None:
    page = save(web, cast, **{field: value})
    assert (page.status, said in page) == (422, True)
    cast.organization.refresh_from_db()
    assert cast.organization.version == 1


def test_each_policy_is_said_in_words_with_the_number_that_holds(cast: Cast, web: Web) -> None:
    page = save(web, cast, hidden_after_months=13, minimum_purchase_age=21, hold_minutes=1)
    for words in (
        "A household without activity for 13 months disappears from the list. Nothing is deleted:",
        "Who is under 21 buys nothing here, not even from an account of their own.",
        "Whoever checks out has 1 minute until",
    ):
        assert words in page.words


def test_the_logo_is_shown_to_everybody_and_kept_by_caches_until_there_is_another(
    cast: Cast, web: Web, django_capture_on_commit_callbacks: Any
) -> None:
    public = reverse("public:schedule", args=["riverside"])
    assert "/logo/" not in web.get(public).html
    with django_capture_on_commit_callbacks(execute=True):
        save(web, cast, logo=SimpleUploadedFile("../../me.php", plain(), "text/html"))
    cast.organization.refresh_from_db()
    first = str(cast.organization.logo.name)
    address = reverse("public:logo", args=["riverside", version_of(first)])
    assert f'src="{address}"' in web.get(public).html
    shown = web.get(address).response
    assert (shown.status_code, shown.headers["Content-Type"], shown.headers["Cache-Control"]) == (
        200,
        "image/webp",
        "public, max-age=31536000, immutable",
    )
    assert "Set-Cookie" not in shown.headers
    with django_capture_on_commit_callbacks(execute=True):
        save(web, cast, logo=SimpleUploadedFile("new.png", plain()))
    cast.organization.refresh_from_db()
    assert (default_storage.exists(first), cast.organization.logo.name != first) == (False, True)
    assert web.get(address).status == 404
    with django_capture_on_commit_callbacks(execute=True):
        page = save(web, cast, removes_logo="on")
    cast.organization.refresh_from_db()
    assert (bool(cast.organization.logo), "/logo/" in page.html) == (False, False)


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n" + b"0" * 99]
)
def test_what_is_no_picture_is_refused_by_its_field(cast: Cast, web: Web, content: bytes) -> None:
    page = save(web, cast, logo=SimpleUploadedFile("logo.png", content, "image/png"), name="Riverside")
    assert (page.status, 'id="id_logo_error"' in page.html, 'value="Riverside"' in page.html) == (
        422,
        True,
        True,
    )
    cast.organization.refresh_from_db()
    assert (bool(cast.organization.logo), cast.organization.version) == (False, 1)


def test_a_name_with_markup_is_shown_as_text(cast: Cast, web: Web) -> None:
    save(web, cast, name="<script>x</script> نادي 🏊")
    page = web.get(reverse("public:schedule", args=["riverside"]))
    assert ("<script>x" in page.html, "&lt;script&gt;x&lt;/script&gt; نادي 🏊" in page.html) == (False, True)


def test_only_who_may_changes_settings(cast: Cast) -> None:
    for staff in (cast.front_desk, cast.rival_administrator):
        with pytest.raises(NotAllowed):
            operations.change(by=acting(staff), organization=cast.organization, values={"name": "x"}, seen=1)


def test_the_settings_page_lists_what_the_reader_may_decide(cast: Cast, web: Web) -> None:
    lead = make.StaffFactory(organization=cast.organization)
    lead.roles.create(organization=cast.organization, key="own-lead", name="Lead", permissions=["staff_edit"])
    words = web.as_(lead).get(reverse("staff:settings", args=["riverside"])).words
    assert ("Who works here" in words, "Name, logo, colour" in words) == (True, False)
    assert web.as_(cast.front_desk).get(reverse("staff:settings", args=["riverside"])).status == 403
