"""E-mail addresses as people type them (A06)."""

import pytest

from accounts.emails import CheckedAddress, check_address
from accounts.errors import EmailUnusable


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("amara@example.ca", "amara@example.ca"),
        ("  Amara.Okafor+swim@Example.CA ", "amara.okafor+swim@example.ca"),
        ("me@gmail.com", "me@gmail.com"),
        ("amara@mail.com", "amara@mail.com"),
        ("amara@example.com", "amara@example.com"),
    ],
)
def test_a_good_address_is_kept_in_lower_case_without_a_suggestion(typed: str, address: str) -> None:
    assert check_address(typed) == CheckedAddress(address, None)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("amara@gmial.com", "amara@gmail.com"),
        ("amara@gmail.co", "amara@gmail.com"),
        ("amara@hotmial.com", "amara@hotmail.com"),
        ("amara@yahooo.ca", "amara@yahoo.ca"),
        ("amara@outlok.com", "amara@outlook.com"),
        ("amara@iclould.com", "amara@icloud.com"),
    ],
)
def test_a_slip_in_a_common_domain_is_usable_and_the_other_one_suggested(typed: str, meant: str) -> None:
    assert check_address(typed) == CheckedAddress(typed, meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("amara@example,ca", "amara@example.ca"),
        ("amara @example.ca", "amara@example.ca"),
        ("amara@@example.ca", "amara@example.ca"),
        ("amara(at)example.ca", "amara@example.ca"),
        ("amara@gmail", "amara@gmail.com"),
        ("amara@example..ca", "amara@example.ca"),
        ("", ""),
        ("amara", ""),
        ("amara@", ""),
        ("@example.ca", ""),
        ("<script>alert(1)</script>", ""),
        ("a" * 300 + "@example.ca", ""),
        ("amara@exa\x00mple.ca", ""),
    ],
)
def test_what_is_no_address_is_refused_with_the_one_probably_meant(typed: str, meant: str) -> None:
    with pytest.raises(EmailUnusable) as refused:
        check_address(typed)
    assert refused.value.suggestion == meant
