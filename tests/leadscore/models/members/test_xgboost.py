"""What XGBoost is trained on."""

import numpy as np
import pytest

from leadscore.errors import ConfigError
from leadscore.models.folds import Fold
from leadscore.models.members.member import Setup
from leadscore.models.members.xgboost import XGBoost, require_device


def has_card() -> bool:
    try:
        require_device("cuda")
    except ConfigError:
        return False
    return True


def test_the_cpu_is_always_there() -> None:
    require_device("cpu")


@pytest.mark.skipif(has_card(), reason="there is a graphics card")
def test_without_a_card_the_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="device is cuda, but XGBoost finds no card") as refused:
        require_device("cuda")
    assert 'device = "cpu"' in refused.value.hint


@pytest.mark.skipif(not has_card(), reason="needs a graphics card that XGBoost can be trained on")
def test_a_member_of_a_card_predicts_as_one_of_the_cpu(make_folds) -> None:
    fold: Fold = make_folds(k=1)[0]
    setup = {"params": {}, "rounds": 50, "coded": fold.coded, "threads": 1, "seed": 1}
    here, there = (XGBoost().fit(fold.sample, Setup(**setup, device=device)) for device in ("cpu", "cuda"))
    assert np.corrcoef(here.log_odds(fold.unseen), there.log_odds(fold.unseen))[0, 1] > 0.95
