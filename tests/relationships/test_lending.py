"""What a manager lends beside a card: asked in one place (C07, RULES 2.4)."""

import pytest

from relationships import lending as links
from tests import factories as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_whose_passes_somebody_may_use_is_one_question(cast: Cast) -> None:
    link = make.ManagerLinkFactory(manager=cast.owner, dependent=cast.teenager, dependent_may_use_passes=True)
    assert links.may_use_passes(cast.teenager, cast.organization) == [link]
    assert links.may_use_passes(cast.child, cast.organization) == []
