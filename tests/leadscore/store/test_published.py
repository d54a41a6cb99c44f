import json
from datetime import datetime

import pytest
import sqlalchemy as sa

from leadscore.errors import StoreError
from leadscore.schema import Type
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import migrate
from leadscore.store.published import top_leads

NIGHT = datetime(2026, 1, 1)
REASONS = {
    "for": [
        {"feature": "expected_timeline", "value": "less than 3 months", "effect": 0.8},
        {"feature": "bant_submit", "value": "1", "effect": 0.4},
    ],
    "against": [{"feature": "business_unit", "value": "AS", "effect": -0.3}],
}


def fill(url: str, owner: Type) -> None:
    """Three scored leads, two of owner 7 and one of owner 8."""
    store = open_engine(url)
    migrate(store, {"id": Type.INTEGER, "account": Type.TEXT, "owner": owner})
    table = sa.Table("lead_scores", sa.MetaData(), autoload_with=store)
    with writing(store) as connection:
        for lead, of, probability, grade in ((1, 7, 0.2, "C"), (2, 8, 0.9, "A"), (3, 7, 0.5, "B")):
            connection.execute(
                sa.insert(table).values(
                    lead_id=lead,
                    owner_id=of if owner is Type.INTEGER else str(of),
                    probability=probability,
                    raw_probability=probability,
                    score=50,
                    grade=grade,
                    will_convert=True,
                    reasons=json.dumps(REASONS),
                    model_version="m",
                    rules_version="r",
                    scored_at=NIGHT,
                    change_cause="new",
                    run_id="run",
                )
            )
    store.dispose()


@pytest.mark.parametrize("owner", [Type.INTEGER, Type.TEXT])
def test_the_best_leads_come_first_of_all_or_of_one_owner(database: str, owner: Type) -> None:
    fill(database, owner)
    assert top_leads(database, n=2)["lead_id"].to_list() == [2, 3]
    assert top_leads(database, n=9, owner="7")["lead_id"].to_list() == [3, 1]
    assert top_leads(database, n=9, owner="9").is_empty()


def test_reasons_are_sentences_in_the_order_of_their_strength(database: str) -> None:
    fill(database, Type.INTEGER)
    [lead] = top_leads(database, n=1).to_dicts()
    assert lead["reasons_for"] == "expected timeline: less than 3 months; bant submit: 1"
    assert lead["reasons_against"] == "business unit: AS"


def test_what_is_true_or_a_time_is_so_on_either_database(database: str) -> None:
    fill(database, Type.INTEGER)
    [lead] = top_leads(database, n=1).to_dicts()
    assert (lead["will_convert"], lead["overridden"], lead["scored_at"]) == (True, False, NIGHT)


def test_an_owner_that_cannot_be_is_refused_in_words(database: str) -> None:
    fill(database, Type.INTEGER)
    with pytest.raises(StoreError, match="'Ada' is none"):
        top_leads(database, n=1, owner="Ada")
