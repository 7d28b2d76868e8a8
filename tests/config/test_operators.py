"""The operators' admin lets nobody in by a password alone."""

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import User
from tests import factories as make
from tests.cast import Cast
from tests.web import Web

pytestmark = pytest.mark.django_db


def operator(*, second_factor: bool) -> User:
    user = User.objects.create_superuser("operator@kinroll.test", make.PASSWORD)
    if second_factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


@pytest.mark.parametrize(("second_factor", "status"), [(True, 200), (False, 302)])
def test_an_operator_needs_a_second_factor(web: Web, second_factor: bool, status: int) -> None:
    assert web.as_(operator(second_factor=second_factor)).get("/admin/", follow=False).status == status


def test_staff_and_families_do_not_get_in_and_strangers_log_in_by_the_products_own_page(
    web: Web, cast: Cast
) -> None:
    for person in (cast.administrator, cast.owner):
        assert web.as_(person).get("/admin/", follow=False).status == 302
    assert web.as_(None).get("/admin/login/", follow=False).location.startswith("/login/login/")
