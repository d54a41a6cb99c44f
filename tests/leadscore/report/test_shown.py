from datetime import datetime, timedelta

import pytest

from leadscore.report.shown import age, count, masked, moment, name, number, percent, plural, signed


def test_numbers_are_rounded_for_people() -> None:
    assert [count(12_345).text, count(None).text] == ["12,345", "-"]
    assert [number(each).text for each in (0.012345, 12.345, 12_345.6)] == ["0.0123", "12.3", "12,346"]
    assert [signed(each).text for each in (3, -2, 0)] == ["+3", "-2", "0"]


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0.0%"), (0.0001, "<0.1%"), (0.0824, "8.2%"), (0.9999, ">99.9%"), (1, "100.0%")],
)
def test_only_none_is_told_as_none_and_only_all_as_all(value: float, told: str) -> None:
    assert percent(value) == told


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(minutes=20), "less than an hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(days=5), "5 days"),
    ],
)
def test_an_age_is_told_in_the_unit_that_says_enough(span: timedelta, told: str) -> None:
    assert age(span) == told


def test_times_name_their_zone() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5)) == "2026-01-02 03:04 UTC"
    assert plural(1, "lead") == "1 lead"


@pytest.mark.parametrize(
    "text", ["kim@example.com", "Kim.Lee+x@mail.example.co.uk", "+49 (0)89 1234-5678", "010-1234-5678", "0049891234567"]
)
def test_addresses_and_phone_numbers_are_masked(text: str) -> None:
    assert masked(f"job: {text}; size: 3").startswith("job: [")
    assert masked(f"job: {text}; size: 3").endswith("]; size: 3")


@pytest.mark.parametrize(
    "text", ["customer idx history: 217 of 217 earlier leads", "from 1,200.5 to 40,000", "2026-01-02 03:04 UTC", "99%"]
)
def test_figures_and_times_are_not_taken_for_phone_numbers(text: str) -> None:
    assert masked(text) == text


def test_an_identifier_that_is_an_address_stays_one_of_its_own() -> None:
    one, same, other = name("kim@example.com"), name("KIM@example.com"), name("lee@example.com")
    assert one.text.split()[0] == "e-mail"
    assert "@" not in one.text
    assert one.text == same.text != other.text
    assert name(1234567890).text == "1234567890"
