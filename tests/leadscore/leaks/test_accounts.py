import numpy as np
import polars as pl
import pytest

from leadscore.leaks.accounts import all_one_label, buckets, one_label_accounts, within_accounts


def table(*accounts):
    """(id, leads, conversions) each, as the two columns."""
    ids = [id for id, n, _ in accounts for _ in range(n)]
    converted = np.concatenate([np.arange(n) < won for _, n, won in accounts]).astype(np.int64)
    return pl.Series("account_id", ids), converted


SINGLES = [(1000 + i, 1, int(i % 12 == 0)) for i in range(3000)]


def test_a_bucket_of_converted_leads_is_found():
    assert one_label_accounts(*table((7, 101, 101), *SINGLES)).to_list() == [7]


def test_a_hundred_leads_and_one_lost_among_them_are_no_such_bucket():
    assert one_label_accounts(*table((7, 100, 100), (8, 300, 299), *SINGLES)).to_list() == []


def test_a_bucket_of_lost_leads_must_be_large_where_most_are_lost():
    rate = 250 / 3000
    found = one_label_accounts(*table((7, 120, 0), (8, 400, 0), *SINGLES)).to_list()
    assert (1 - rate) ** 120 > 1e-6 > (1 - rate) ** 400
    assert found == [8]


def test_where_accounts_are_alike_in_themselves_a_large_lost_one_is_no_surprise():
    alike = [(5000 + i, 20, 20 if i % 12 == 0 else 0) for i in range(200)]
    assert one_label_accounts(*table((8, 400, 0), *alike)).to_list() == []
    assert one_label_accounts(*table((8, 400, 400), *alike)).to_list() == [], "nor a converted one"


def test_text_ids_and_leads_without_an_account_are_read_too():
    ids, converted = table((7, 150, 150), *SINGLES)
    names = ids.cast(pl.String).set(pl.Series(np.arange(len(ids)) >= 3000), None)
    assert one_label_accounts(names, converted).to_list() == ["7"]
    assert one_label_accounts(pl.Series([None] * 200, dtype=pl.Int64), np.arange(200) % 2).to_list() == []


def test_the_figure_tells_counts_and_no_id():
    found = buckets(*table((7777, 150, 150), *SINGLES))
    assert [(f.column, f.check, f.leak, f.useless) for f in found] == [
        ("account_id", "one-label account", False, False)
    ]
    assert found[0].figure == (
        "1 of its values, in more than 100 leads each, only ever had one outcome: 150 leads (4.8%), "
        "150 of them converted."
    )
    assert buckets(*table(*SINGLES)) == []


def test_correlation_is_one_in_accounts_of_one_outcome_and_none_in_random_ones():
    alike = pl.DataFrame({"n": [10] * 100, "won": [10] * 50 + [0] * 50})
    assert within_accounts(alike) == 0.99
    rng = np.random.default_rng(1)
    n = rng.integers(2, 50, 5000)
    assert within_accounts(pl.DataFrame({"n": n, "won": rng.binomial(n, 0.3)})) == pytest.approx(0, abs=0.01)
    assert within_accounts(alike.clear()) == 0.0


def test_correlation_is_recovered_from_accounts_of_a_known_law():
    """Rates of accounts drawn from Beta(a, b) give a correlation of 1 / (a + b + 1)."""
    rng = np.random.default_rng(1)
    n = rng.integers(2, 50, 20_000)
    won = rng.binomial(n, rng.beta(0.6, 2.4, len(n)))
    assert within_accounts(pl.DataFrame({"n": n, "won": won})) == pytest.approx(0.25, abs=0.01)


def test_chance_of_one_outcome_is_a_power_without_correlation_and_larger_with_it():
    n, won = np.array([3, 3]), np.array([3, 0])
    assert all_one_label(n, won, 0.1, 0.0) == pytest.approx([0.001, 0.729])
    # Beta(1, 9): chance of three in a row is 1/10 * 2/11 * 3/12, of none 9/10 * 10/11 * 11/12
    assert all_one_label(n, won, 0.1, 1 / 11) == pytest.approx([1 / 220, 0.75])
