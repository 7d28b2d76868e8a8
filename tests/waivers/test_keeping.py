"""How long signatures are kept, set by staff in plain words (RULES 4.4)."""

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed
from accounts.models import AuditEvent
from accounts.permissions import Permission
from tests import factories as make
from tests.cast import Cast
from tests.relationships.test_desk_moves import at_desk
from tests.web import Web
from waivers.errors import YearsUnusable
from waivers.operations import keeping

pytestmark = pytest.mark.django_db


def test_an_administrator_sets_the_years_of_each_document(web: Web, cast: Cast) -> None:
    ours = make.DocumentVersionFactory(document__organization=cast.organization).document
    theirs = make.DocumentVersionFactory(document__organization=cast.rival).document
    url, staff = reverse("staff:kept_documents", args=[cast.organization.slug]), web.as_(cast.administrator)
    assert "Years after it was signed" in staff.get(url).words
    assert f"Saved for “{ours.title}”" in staff.post(url, {"document": ours.pk, "years": "7"}).words
    staff.post(url, {"document": ours.pk, "years": "7"})  # pressed twice
    ours.refresh_from_db()
    events = AuditEvent.objects.filter(action="waivers.retention_set")
    assert (ours.retention_years, [each.changes for each in events]) == (7, [{"years": 7}])
    for years in ("", "-1", "31", "many", "99999999999999999999"):
        wrong = staff.post(url, {"document": ours.pk, "years": years})
        assert (wrong.status, f'id="id_years_{ours.pk}_error"' in wrong.text) == (422, True)
    for other in (str(theirs.pk), "x", ""):
        assert staff.post(url, {"document": other, "years": "3"}).status == 404


def test_nobody_else_sets_them(cast: Cast) -> None:
    document = make.DocumentVersionFactory(document__organization=cast.organization).document
    for by in (
        at_desk(cast.front_desk, Permission.SELL), at_desk(cast.rival_administrator, Permission.WAIVERS_EDIT)
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            keeping.keep_signatures(by=by, document=document, years=3)
    with pytest.raises(YearsUnusable):
        keeping.keep_signatures(
            by=at_desk(cast.administrator, Permission.WAIVERS_EDIT), document=document, years=31
        )
