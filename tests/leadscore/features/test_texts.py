import numpy as np
import polars as pl
import pytest

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.features.texts import BANDS, TextMap
from leadscore.reading.readings import Readings
from leadscore.schema import Column, Kind, Schema

INPUTS = Inputs(readings=Readings.plain(Schema(columns=(Column(name="note", kind=Kind.TEXT),))))
N = 600


def notes(seed: int = 1) -> tuple[pl.DataFrame, np.ndarray]:
    """Notes of leads of whom those that want a quotation convert, each signed by somebody else."""
    rng = np.random.default_rng(seed)
    wants = rng.random(N) < 0.5
    said = np.where(wants, "kindly send a quotation", "thesis of a student")
    fill = rng.integers(0, 40, (N, 6))
    texts = [
        f"{' '.join(f'w{i}' for i in each)} {say} from person{n} 0171 55{n:06d}"
        for n, (say, each) in enumerate(zip(said, fill, strict=True))
    ]
    return pl.DataFrame({"note": [*texts[:-1], None]}), (rng.random(N) < np.where(wants, 0.6, 0.1)).astype(float)


def learned() -> tuple[FeatureMap, np.ndarray, pl.DataFrame, np.ndarray]:
    texts, converted = notes()
    read = INPUTS.readings.read(texts)
    return *FeatureMap.learn(read, converted, INPUTS.columns, seed=1), read, converted


def test_words_tell_of_leads_that_no_fit_has_seen() -> None:
    features, matrix, _, converted = learned()
    later, outcome = notes(seed=2)
    score = features.transform(INPUTS.readings.read(later))[:-1, 0]
    assert score[outcome[:-1] == 1].mean() > score[outcome[:-1] == 0].mean() + 0.5
    assert np.corrcoef(matrix[:-1, 0], converted[:-1])[0, 1] > 0.4, "the cross-fitted one, too"


def test_in_training_a_leads_own_outcome_does_not_change_its_number() -> None:
    _, matrix, read, converted = learned()
    flipped = converted.copy()
    flipped[7] = 1 - flipped[7]
    _, other = FeatureMap.learn(read, flipped, INPUTS.columns, seed=1)
    assert matrix[7, 0] == other[7, 0]
    assert not np.array_equal(matrix, other, equal_nan=True)


def test_neither_bundle_nor_reasons_hold_a_word() -> None:
    features, _, read, _ = learned()
    kept = features.model_dump_json()
    assert not [word for word in ("quotation", "student", "person", "0171") if word in kept]
    assert set(features.display(read)["note"]) <= {*BANDS, "missing"}
    assert features.display(read)["note"][-1] == "missing"
    assert FeatureMap.model_validate_json(kept) == features


def test_the_strongest_band_is_that_of_leads_that_convert_most_often() -> None:
    features, _, read, converted = learned()
    shown = features.display(read)["note"]
    rates = [converted[(shown == band).to_numpy()].mean() for band in (BANDS[0], BANDS[-1])]
    assert rates[0] < 0.25 < 0.45 < rates[1]


def test_words_of_few_leads_do_not_count() -> None:
    texts, converted = notes()
    read = INPUTS.readings.read(texts)["note"]
    one = INPUTS.readings.read(pl.DataFrame({"note": ["person3 0171 55000003"]}))["note"]
    fitted, _ = TextMap.learn(read, converted, 1, source="note")
    known = {f"#{bucket}" for bucket in fitted.buckets}
    assert len(known & set(one[0].split())) <= 1, "0171 is in all of them"


@pytest.mark.parametrize("texts", [[None] * 40, ["a b c"] * 20 + [None] * 20, [f"only{n}" for n in range(40)]])
def test_a_column_that_says_nothing_has_a_number_all_the_same(texts: list[str | None]) -> None:
    read = INPUTS.readings.read(pl.DataFrame({"note": texts}, schema={"note": pl.String}))
    _, matrix = FeatureMap.learn(read, np.arange(40) % 2.0, INPUTS.columns, seed=1)
    assert matrix.shape == (40, 1)
    assert np.array_equal(np.isnan(matrix[:, 0]), [text is None for text in texts])
