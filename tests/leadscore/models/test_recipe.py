import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from leadscore.features.inputs import Inputs
from leadscore.models.boosters import Rounds
from leadscore.models.bundle import Learned
from leadscore.models.gate import judge
from leadscore.models.recipe import Fit, Trained, fit_recipe, train
from leadscore.models.selecting import select
from leadscore.models.split import split
from leadscore.schema import Column, Kind, Schema, Type
from leadscore.sections import Features, Training

SCHEMA = Schema(
    columns=(
        Column(name="size", kind=Kind.NUMBER, type=Type.FLOAT),
        Column(name="asked", kind=Kind.BOOLEAN, type=Type.INTEGER),
        Column(name="country", kind=Kind.CATEGORY, type=Type.TEXT),
    )
)
INPUTS = Inputs.plain(SCHEMA).columns
TRAINING = Training(min_leads=500, min_conversions=50, folds=3)
N = 1500

Labels = NDArray[np.int64]


def make_leads(seed: int = 0) -> tuple[pl.DataFrame, Labels]:
    """Conformed leads, a fifth of which convert: by size, by country and by whether they asked."""
    rng = np.random.default_rng(seed)
    size, asked, country = rng.normal(size=N), rng.integers(0, 2, N), rng.integers(0, 5, N)
    log_odds = -2.5 + 1.5 * size * asked + 0.6 * country * (1 - asked)
    converted = (rng.random(N) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    names = pl.Series("country", ["chile", "india", "korea", "kenya", "spain"]).gather(country)
    some = pl.Series("size", np.where(rng.random(N) < 0.1, np.nan, size)).fill_nan(None)
    return pl.DataFrame([some, pl.Series("asked", asked.astype(float)), names]), converted


def train_on(
    leads: pl.DataFrame,
    converted: Labels,
    threads: int = 1,
    words: list[str] | None = None,
) -> Trained:
    """Train on leads in the order of their rows, of about N / 3 accounts."""
    account = np.random.default_rng(1).integers(0, N // 3, N)
    said: list[str] = [] if words is None else words
    parts = split(np.arange(N), account, converted, share=TRAINING.holdout_share, seed=TRAINING.seed)
    return train(
        leads,
        converted,
        account,
        parts,
        np.arange(N),
        INPUTS,
        training=TRAINING,
        limits=Features(),
        threads=threads,
        progress=said.append,
    )


def content(fit: Fit) -> tuple[str, bytes, bytes]:
    return (Learned.of(fit).model_dump_json(), *fit.boosters.to_bytes())


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_on(*make_leads())


def test_the_model_beats_the_base_rate_on_leads_that_it_never_saw(trained: Trained) -> None:
    assert trained.measures.roc_auc.low > 0.6
    assert judge(trained.holdout_converted, trained.holdout_probability, trained.train_base_rate, seed=1).promote


def test_a_model_of_random_labels_is_rejected() -> None:
    leads, converted = make_leads()
    noise = train_on(leads, np.random.default_rng(9).permutation(converted))
    assert not judge(noise.holdout_converted, noise.holdout_probability, noise.train_base_rate, seed=1).promote


def test_the_holdout_leads_and_labels_change_nothing_in_the_evaluation_fit(trained: Trained) -> None:
    leads, converted = make_leads()
    held = trained.split.holdout
    other_leads, _ = make_leads(seed=5)
    tail = len(leads) - len(held)
    assert held.tolist() == list(range(tail, len(leads)))
    converted[held] = converted[held][::-1]
    first = held[converted[held] == 1].min()
    converted[held[0]], converted[first] = 1, converted[held[0]]
    assert converted[held].sum() == trained.measures.conversions
    found = train_on(pl.concat([leads[:tail], other_leads[tail:]]), converted)
    np.testing.assert_array_equal(found.split.holdout, held)
    assert content(found.evaluation) == content(trained.evaluation)
    assert content(found.shipped) != content(trained.shipped)


def test_the_shipped_fit_is_the_same_recipe_on_all_leads_with_the_rounds_of_the_evaluation(trained: Trained) -> None:
    assert trained.shipped.boosters.rounds == trained.evaluation.boosters.rounds
    assert content(trained.shipped) != content(trained.evaluation)


def test_same_leads_and_seed_give_the_same_model_whatever_the_threads(trained: Trained) -> None:
    again = train_on(*make_leads(), threads=2)
    assert content(again.evaluation) == content(trained.evaluation)
    assert content(again.shipped) == content(trained.shipped)
    assert again.measures == trained.measures


def test_the_holdout_probability_is_what_the_evaluation_fit_gives(trained: Trained) -> None:
    leads, converted = make_leads()
    np.testing.assert_array_equal(converted[trained.split.holdout], trained.holdout_converted)
    given = trained.evaluation.probability(leads[trained.split.holdout])
    np.testing.assert_allclose(given, trained.holdout_probability, rtol=0, atol=1e-6)


def test_probability_rises_with_the_raw_log_odds(trained: Trained) -> None:
    leads, _ = make_leads(seed=3)
    order = np.argsort(trained.shipped.boosters.log_odds(trained.shipped.features.transform(leads)))
    assert (np.diff(trained.shipped.probability(leads)[order]) >= 0).all()


def test_cutoff_and_reference_are_of_out_of_fold_predictions_not_of_remembered_ones(trained: Trained) -> None:
    leads, converted = make_leads()
    remembered = trained.shipped.probability(leads)
    score = trained.shipped.reference.score(remembered)
    unseen, _ = make_leads(seed=3)
    graded_a = (trained.shipped.reference.score(trained.shipped.probability(unseen)) >= 90).mean()
    assert 0.05 < graded_a < 0.15
    assert score[converted == 1].mean() > 60
    assert trained.shipped.cutoff.f1 < 0.7


def test_fixed_rounds_are_kept_and_progress_says_each_step() -> None:
    leads, converted = make_leads()
    words: list[str] = []
    rounds = Rounds(lightgbm=5, xgboost=7)
    fit = fit_recipe(leads, converted, None, INPUTS, training=TRAINING, threads=1, rounds=rounds, progress=words.append)
    assert fit.boosters.rounds == rounds
    assert [line.rsplit(",", 1)[0] for line in words] == [
        "fold 1 of 3, 5 + 7 trees",
        "fold 2 of 3, 5 + 7 trees",
        "fold 3 of 3, 5 + 7 trees",
        "all 1,500 leads, 5 + 7 trees",
    ]


def test_progress_names_the_fit_and_the_holdout() -> None:
    words: list[str] = []
    train_on(*make_leads(), words=words)
    starts = [line.split(":")[0] for line in words]
    assert starts == ["evaluation fit"] * 4 + ["holdout"] + ["shipped fit"] * 4


def test_a_column_that_says_what_another_says_is_left_out_where_the_limits_ask_for_it() -> None:
    leads, converted = make_leads()
    twice = leads.with_columns(copy=pl.col("size") * 2 + 1)
    schema = SCHEMA.model_copy(update={"columns": (*SCHEMA.columns, Column(name="copy", kind=Kind.NUMBER))})
    selected = select(twice, converted, Inputs.plain(schema).columns, Features(max_correlation=0.95), 1, 1)
    assert selected.left_out == ("copy",)
    assert selected.overlap.pairs[0][:2] == ("size", "copy")
    assert selected.overlap.vif["size"] > 1000 > 2 > selected.overlap.vif["asked"]
    assert select(twice, converted, Inputs.plain(schema).columns, Features(), 1, 1).left_out == ()


def test_a_column_of_noise_is_left_out_where_importance_is_asked_for() -> None:
    leads, converted = make_leads()
    noisy = leads.with_columns(noise=np.random.default_rng(4).normal(size=N))
    schema = SCHEMA.model_copy(update={"columns": (*SCHEMA.columns, Column(name="noise", kind=Kind.NUMBER))})
    selected = select(noisy, converted, Inputs.plain(schema).columns, Features(min_importance=0.022), 1, 1)
    assert selected.left_out == ("noise",)


def test_importance_is_told_of_the_holdout_strongest_first(trained: Trained) -> None:
    assert set(trained.importance) == {"size", "asked", "country"}
    rises = list(trained.importance.values())
    assert rises == sorted(rises, reverse=True)
    assert rises[0] > 0.01
