"""Money: whole minor units, one currency at a time (``accounts.money``)."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.money import AmountUnreadable, Money, minor_digits

amounts = st.integers(-(10**13), 10**13)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12)
currencies = st.sampled_from(["CAD", "GBP", "EUR", "JPY", "KWD", "CHF"])
locales = st.sampled_from(["en_CA", "fr_CA", "de_CH", "en_GB", "ja_JP", "sv_SE"])


@given(amounts, weights)
def test_shares_add_up_and_none_is_a_unit_off(minor: int, weights: list[int]) -> None:
    assume(sum(weights) > 0)

    shares = [share.minor for share in Money(minor, "CAD").share(weights)]

    assert sum(shares) == minor
    exact = [minor * weight / sum(weights) for weight in weights]
    assert all(abs(s - e) <= 1 + abs(e) / 1e12 for s, e in zip(shares, exact, strict=True))
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


def test_the_odd_cents_go_to_the_largest_remainders_first_ones_first() -> None:
    assert [m.minor for m in Money(100, "CAD").share([1, 1, 1])] == [34, 33, 33]
    assert [m.minor for m in Money(-100, "CAD").share([1, 1, 1])] == [-34, -33, -33]
    assert [m.minor for m in Money(5, "CAD").share([1, 2, 0])] == [2, 3, 0]


@pytest.mark.parametrize("weights", [[0, 0], [3, -1], [-1, -1]])
def test_weights_are_not_negative_and_not_all_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "CAD").share(weights)


@given(st.integers(0, 10**12), currencies, locales)
def test_what_is_printed_can_be_typed(minor: int, currency: str, locale: str) -> None:
    digits = minor_digits(currency)
    typed = format_decimal(Decimal(minor).scaleb(-digits), format=f"#,##0.{'0' * digits}", locale=locale)

    assert Money.parse(typed, currency, locale) == Money(minor, currency)


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(4200, "CAD"), "en_CA", "$42.00"),
        (Money(-1280, "CAD"), "en_CA", "−$12.80"),
        (Money(4200, "CAD"), "fr_CA", "42,00\xa0$"),
        (Money(1234567, "GBP"), "en_GB", "£12,345.67"),
        (Money(500, "JPY"), "en_CA", "JP¥500"),
        (Money(0, "CAD"), "en_CA", "$0.00"),
    ],
)
def test_it_is_printed_as_the_locale_writes_it(money: Money, locale: str, text: str) -> None:
    assert money.format(locale) == text


@pytest.mark.parametrize("typed", ["", "abc", "12,34.5", "1.005", "12 dollars", "--1"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(AmountUnreadable):
        Money.parse(typed, "CAD", "en_CA")


def test_currencies_never_mix() -> None:
    dollars, pounds = Money(1, "CAD"), Money(1, "GBP")

    for mixed in (
        lambda: dollars + pounds,
        lambda: dollars - pounds,
        lambda: dollars < pounds,
        lambda: dollars <= pounds,
        lambda: Money.total([dollars, pounds], "CAD"),
    ):
        with pytest.raises(ValueError, match="cannot mix"):
            mixed()


@pytest.mark.parametrize(
    ("minor", "millionths", "tax"),
    [(9600, 130_000, 1248), (50, 130_000, 7), (-50, 130_000, -7), (4, 125_000, 1), (9999, 149_750, 1497)],
)
def test_a_rate_is_taken_half_up_away_from_nothing(minor: int, millionths: int, tax: int) -> None:
    assert Money(minor, "CAD").at_rate(millionths) == Money(tax, "CAD")


@given(st.lists(amounts, max_size=8))
def test_arithmetic_is_that_of_whole_numbers(minors: list[int]) -> None:
    moneys = [Money(minor, "CAD") for minor in minors]

    assert Money.total(moneys, "CAD") == Money(sum(minors), "CAD")
    assert sorted(moneys, key=lambda m: m.minor) == sorted(moneys)
    assert [-m for m in moneys] == [m * -1 for m in moneys]
