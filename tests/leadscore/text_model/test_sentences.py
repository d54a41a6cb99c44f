import polars as pl

from leadscore.features.inputs import Input, Role
from leadscore.schema import Kind
from leadscore.text_model.sentences import Sentences, tellable

LEADS = pl.DataFrame({"country": ["brazil", None], "job": ["sales / it & co", "//"], "score": [0.123456, 3.0]})


def test_a_lead_is_told_by_column_and_value_in_the_order_of_the_columns() -> None:
    told = Sentences(("job", "country"))
    assert told.texts(told.cells(LEADS.head(1))) == ["job_sales it co country_brazil"]


def test_what_is_missing_or_only_stop_signs_is_the_word_nan() -> None:
    told = Sentences(("country", "job"))
    assert told.texts(told.cells(LEADS.tail(1))) == ["country_nan job_nan"]


def test_numbers_have_four_digits_and_whole_ones_no_point() -> None:
    assert Sentences(("score",)).cells(LEADS)["score"].to_list() == ["0.1235", "3"]


def test_histories_and_rates_are_not_told() -> None:
    inputs = [Input(name=role.value, source=role.value, kind=Kind.NUMBER, role=role) for role in Role]
    assert [each.role for each in tellable(inputs)] == [Role.COLUMN, Role.IDENTIFIER]
