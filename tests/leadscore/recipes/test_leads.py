from datetime import datetime
from pathlib import Path

import numpy as np

from leadscore.recipes.leads import read_champion, read_known, sample
from leadscore.settings import Settings, load_settings
from leadscore.training.prepare import Known

END = datetime(2026, 1, 1)


def test_leads_are_parted_as_a_retrain_does_and_nothing_is_written(example_folder: Path, settings: Settings) -> None:
    before = {file.name for file in example_folder.iterdir()}
    known = read_known(settings, END)
    order = np.asarray(known.order)
    assert known.split.kind == "latest"
    assert order[known.split.train].max() <= order[known.split.holdout].min()
    assert {file.name for file in example_folder.iterdir()} == before


def test_without_a_store_there_is_no_champion(settings: Settings) -> None:
    assert read_champion(settings) is None


def test_the_champion_of_a_store_is_read_with_its_recipe(trained: Path) -> None:
    found = read_champion(load_settings())
    assert found is not None
    assert found.recipe.parts


def test_some_leads_are_read_as_they_stand(settings: Settings, known: Known) -> None:
    found = sample(settings)
    assert found.height == 2500
    assert "customer_country.1" in found.columns, "which no model reads"
