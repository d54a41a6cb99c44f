import numpy as np
import polars as pl
import pytest

from leadscore.leaks.rates import computed_rates

RNG = np.random.default_rng(1)
N = 20_000
SEGMENT = RNG.integers(0, 12, N)
TRUE = np.linspace(0.03, 0.4, 12)
CONVERTED = (RNG.random(N) < TRUE[SEGMENT]).astype(np.int64)
OBSERVED = np.array([CONVERTED[s == SEGMENT].mean() for s in range(12)])


def checks(rates):
    return [(f.column, f.check) for f in computed_rates(pl.DataFrame({"win_rate": rates}), CONVERTED)]


@pytest.mark.parametrize("digits", [15, 3])
@pytest.mark.parametrize("scale", [1, 100])
def test_rates_computed_from_these_outcomes_are_told(digits, scale):
    assert checks(np.round(OBSERVED, digits)[SEGMENT] * scale) == [("win_rate", "computed from the label")]


def test_the_true_rates_are_honest():
    assert checks(TRUE[SEGMENT]) == []


def test_rates_of_last_year_are_honest():
    last_year = RNG.binomial(2000, TRUE) / 2000
    assert checks(last_year[SEGMENT]) == []


def test_missing_rates_and_rates_of_few_leads_do_not_count():
    few = np.where(SEGMENT < 2, OBSERVED[SEGMENT], np.nan)
    assert checks(few) == [], "two rates prove nothing"
    rates = np.where(SEGMENT < 6, OBSERVED[SEGMENT], np.nan)
    rates[:20] = 0.99  # 20 leads, far off
    assert checks(rates) == [("win_rate", "computed from the label")]


@pytest.mark.parametrize("values", [np.arange(N) % 80 + 18.0, RNG.random(N), np.full(N, np.nan), RNG.random(N) * 1e6])
def test_other_numbers_are_no_rates(values):
    assert checks(values) == []


def test_the_figure_says_how_exact_they_are():
    finding = computed_rates(pl.DataFrame({"win_rate": OBSERVED[SEGMENT]}), CONVERTED)[0]
    assert finding.figure == (
        "its 12 values are the conversion rates of their own leads, off by 0.00 standard errors instead of about 1."
    )
    assert not finding.leak
