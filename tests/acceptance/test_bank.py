"""The bank's real contacts through the same flows, with the latest fifth of the outcomes withheld."""

from pathlib import Path

import pytest

from leadscore.sample.demo import judge_published, load_bank
from leadscore.settings import CONFIG_VARIABLE

FILE = Path(__file__).parents[3] / "shared/data/bank/bank-additional-full.csv"


@pytest.mark.acceptance
@pytest.mark.real_data
@pytest.mark.skipif(not FILE.is_file(), reason=f"the bank's contacts are not at {FILE.parent.parent.name}/bank")
def test_published_scores_of_real_contacts_hold_against_withheld_outcomes(
    prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.retrain import retrain
    from flows.score import score

    settings = load_bank(tmp_path, FILE)
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "leadscore.toml"))
    retrain()
    score()
    found = judge_published(settings).measures
    assert (found.n, found.conversions) == (8237, 2540)
    assert found.roc_auc.low > 0.6
    assert found.average_precision.low > found.base_rate.high
