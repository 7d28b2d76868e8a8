"""``/healthz``, as a load balancer asks it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_answers_ok_without_a_session_or_a_login() -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.content, dict(answer.cookies)) == (200, b"ok\n", {})


def test_healthz_asks_the_database_exactly_once(django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(1):
        Client().get("/healthz")


def test_healthz_answers_503_when_the_database_does_not() -> None:
    def refuse(execute: object, *arguments: object) -> None:
        raise OperationalError("connection refused by 10.0.0.7")

    with connection.execute_wrapper(refuse):
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")
