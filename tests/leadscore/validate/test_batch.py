"""The batch rules: each on its border, all failures in one line, none on too few leads."""

import polars as pl
import pytest

from leadscore.errors import BatchRefused
from leadscore.sections import Validation
from leadscore.validate.batch import BatchCounts, check_batch
from leadscore.validate.masks import FAILURES
from leadscore.validate.rules import BatchLimits, Rules

RULES = Rules(
    rows=(),
    batch=BatchLimits(
        null_shares={"amount": 0.1, "country": 0.0}, seen={"country": ("de", "fr")}, n_leads=4000, freshness_days=7
    ),
)
SETTINGS = Validation()


def counts(n_leads: int = 1000, n_bad_rows: int = 0, amount_nulls: int = 0, country_nulls: int = 0, unseen: int = 0):
    return BatchCounts(n_leads, n_bad_rows, {"amount": amount_nulls, "country": country_nulls}, {"country": unseen})


def check(
    pulled: BatchCounts,
    n_in_source: int = 4000,
    n_bad_keys: int = 0,
    newest_age_days: float | None = 0.0,
    settings: Validation = SETTINGS,
) -> None:
    check_batch(
        RULES,
        settings,
        pulled,
        n_in_source=n_in_source,
        n_bad_keys=n_bad_keys,
        newest_age_days=newest_age_days,
    )


def refusal(*args: object, **facts: object) -> str:
    with pytest.raises(BatchRefused) as refused:
        check(*args, **facts)
    return refused.value.message


def test_counts_of_a_chunk():
    conformed = pl.DataFrame({"amount": [1.0, None, None, 2.0], "country": ["DE", "xx", None, " fr "]})
    failures = pl.DataFrame({"row": [1, 1, 3], "rule": "r", "column": "c", "value": "v"}, schema=FAILURES)

    assert BatchCounts.of(conformed, failures, RULES) == counts(4, 2, 2, 1, 1)


def test_counts_of_chunks_add_up_to_the_counts_of_the_whole():
    conformed = pl.DataFrame({"amount": [1.0, None, None, 2.0], "country": ["DE", "xx", None, " fr "]})
    none = FAILURES.to_frame()
    parts = [BatchCounts.of(conformed[i : i + 1], none, RULES) for i in range(4)]

    assert sum(parts, BatchCounts()) == BatchCounts.of(conformed, none, RULES)


def test_bad_keys_are_judged_as_a_share_of_the_source():
    check(counts(), n_bad_keys=40)
    assert "41 of 4000 leads (1.0%) have no id, a repeated id, or an unreadable label or time (limit 1.0%)" in refusal(
        counts(), n_bad_keys=41
    )


def test_bad_rows_are_judged_as_a_share_of_the_leads_pulled():
    check(counts(n_bad_rows=200))
    assert "201 of 1000 leads (20.1%) have a failing row rule (limit 20.0%)" in refusal(counts(n_bad_rows=201))


def test_a_null_share_is_judged_by_its_rise_over_training():
    check(counts(amount_nulls=400, country_nulls=300))
    assert refusal(counts(amount_nulls=401)) == (
        "1 batch rule failed: amount is null in 40.1% of 1000 leads, 10.0% at training (limit of the rise 30.0%)."
    )
    assert "country is null" in refusal(counts(country_nulls=301))


def test_unseen_values_are_judged_as_a_share_of_the_known_values():
    check(counts(2000, country_nulls=600, unseen=700))
    assert "701 of 1400 leads (50.1%) have an unseen value of country" in refusal(
        counts(2000, country_nulls=600, unseen=701)
    )


def test_unseen_values_are_not_judged_on_few_known_ones():
    check(counts(1010, country_nulls=11, unseen=999))
    assert "unseen value of country" in refusal(counts(1010, country_nulls=10, unseen=999))


def test_the_source_must_not_lose_half_of_its_leads():
    check(counts(), n_in_source=2000)
    assert "1999 leads in the source, 4000 at training" in refusal(counts(), n_in_source=1999)


def test_the_source_must_be_fresh_where_its_age_is_known():
    check(counts(), newest_age_days=7.0)
    check(counts(), newest_age_days=None)
    assert "the newest lead is 7.1 days old (limit 7.0)" in refusal(counts(), newest_age_days=7.1)


def test_a_source_without_a_freshness_limit_may_be_of_any_age():
    unlimited = RULES.model_copy(update={"batch": RULES.batch.model_copy(update={"freshness_days": None})})

    check_batch(unlimited, SETTINGS, counts(), n_in_source=4000, n_bad_keys=0, newest_age_days=1e6)


def test_the_limits_are_those_of_the_settings():
    strict = Validation(max_bad_keys=0, max_bad_rows=0, max_null_rise=0, max_unseen_share=0, min_row_share=1)
    check(counts(amount_nulls=100), settings=strict)
    told = refusal(counts(1001, 1, 101, 1, 1), 3999, 1, settings=strict)

    assert told.startswith("6 batch rules failed: ")


def test_all_failed_rules_are_told_in_one_line_with_a_hint():
    with pytest.raises(BatchRefused) as refused:
        check(counts(1000, 500, 900, 0, 900), 1500, 100, 30.0)

    assert refused.value.message.startswith("6 batch rules failed: ")
    assert "\n" not in str(refused.value)
    assert "staged_quarantine" in refused.value.hint


def test_no_share_is_judged_on_fewer_leads_than_min_batch_but_a_cut_table_is_noticed():
    worst = {"n_bad_rows": 999, "amount_nulls": 999, "unseen": 999}

    told = refusal(counts(999, **worst), n_in_source=999, n_bad_keys=999, newest_age_days=99.0)
    assert told.startswith("1 batch rule failed: 999 leads in the source, 4000 at training")
    assert refusal(counts(999, **worst), n_in_source=1000, n_bad_keys=999, newest_age_days=99.0).startswith(
        "3 batch rules failed: "
    )
    assert refusal(counts(1000, **worst), n_in_source=999, n_bad_keys=999).startswith("4 batch rules failed: ")


def test_a_run_without_due_leads_is_judged_on_its_source_only():
    check(BatchCounts())
    assert "newest lead" in refusal(BatchCounts(), newest_age_days=99.0)
