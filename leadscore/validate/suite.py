"""The row rules as a Great Expectations suite, which certifies the conformed leads before they are scored.

Great Expectations knows no Polars: this is the only place where the project makes a pandas frame. It takes
seconds to import and is not safe in threads: it is imported when first needed and runs one chunk at a time.
"""

from __future__ import annotations

import functools
import threading
import warnings
from typing import TYPE_CHECKING, assert_never

import polars as pl
import polars.selectors as cs

from leadscore.errors import BatchRefused
from leadscore.schema import WORDED
from leadscore.validate.rules import AllowedRule, RangeRule, RowRule, Rules, TypeRule

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

ONE_AT_A_TIME = threading.Lock()
HOLDS = "holds"


class Certifier:
    """Certifies chunk after chunk by the same rules; the suite is built once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def certify(self, conformed: pl.DataFrame) -> None:
        """Raise BatchRefused, naming rules and columns, unless each rule was judged on ``conformed`` and holds."""
        verdicts = self._verdicts(conformed)
        broken = [
            f"{rule.name} of {rule.column} {verdicts.get(i, 'was not judged')}"
            for i, rule in enumerate(self._rules.rows)
            if verdicts.get(i) != HOLDS
        ]
        if broken:
            raise BatchRefused(
                f"Great Expectations does not certify {conformed.height} leads that are to be scored: "
                f"{len(broken)} of {len(self._rules.rows)} rules: {', '.join(broken)}.",
                "the two forms of the rules disagree, a defect in leadscore: please report this line.",
            )

    def _verdicts(self, conformed: pl.DataFrame) -> dict[int, str]:
        """What became of each rule, by its place in the table."""
        # pandas would take NaN for missing, and missing passes: infinity fails as NaN must.
        frame = conformed.with_columns(cs.float().fill_nan(float("inf"))).to_pandas()
        with ONE_AT_A_TIME:
            batch = _whole_frame().get_batch(batch_parameters={"dataframe": frame})
            results = batch.validate(self._suite, result_format="BOOLEAN_ONLY").results
        configured = ((result, result.expectation_config) for result in results)
        return {int(config.meta["place"]): _verdict(result) for result, config in configured if config}

    @functools.cached_property
    def _suite(self) -> ExpectationSuite:
        import great_expectations as gx

        expectations = [_expectation(rule, {"place": i}) for i, rule in enumerate(self._rules.rows)]
        return gx.ExpectationSuite(name=self._rules.version, expectations=expectations)


@functools.cache
def _whole_frame() -> BatchDefinition[None]:
    """The one context of the process, in memory and without progress bars, ready for frames."""
    with warnings.catch_warnings():
        # Great Expectations 1.24 imports sre_constants and sre_parse, deprecated since Python 3.11.
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)  # else it makes a folder for pages never built
    config = DataContextConfig(store_backend_defaults=stores, progress_bars=ProgressBarsConfig(globally=False))
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("leads").add_dataframe_asset("chunk")
    return asset.add_batch_definition_whole_dataframe("whole")


def _expectation(rule: RowRule, meta: dict[str, int]) -> Expectation:
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_of_type import (
        ExpectColumnValuesToBeOfType,
    )

    match rule:
        case TypeRule():
            dtype = "str" if rule.kind in WORDED else "float64"
            return ExpectColumnValuesToBeOfType(column=rule.column, type_=dtype, meta=meta)
        case RangeRule():
            return ExpectColumnValuesToBeBetween(column=rule.column, min_value=rule.low, max_value=rule.high, meta=meta)
        case AllowedRule():
            return ExpectColumnValuesToBeInSet(column=rule.column, value_set=list(rule.values), meta=meta)
        case _:
            assert_never(rule)


def _verdict(result: ExpectationValidationResult) -> str:
    """Whether the rule holds; the text of an exception is left out, since it may quote cells."""
    info = result.exception_info or {}
    by_metric = [each for each in info.values() if isinstance(each, dict)]  # exceptions are listed so, or flat
    if any(each.get("raised_exception") for each in [info, *by_metric]):
        return "raised an exception"
    return HOLDS if result.success else "fails"
