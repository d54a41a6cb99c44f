import numpy as np
import pytest

from leadscore.features.profile import Profile, Spread
from leadscore.monitor.features import NO_PROFILE, Scored, feature_measures
from leadscore.monitor.measure import Measure
from leadscore.sections import Monitoring

LIMITS = Monitoring()
TRAINED = 20_000
SHARES = {  # missing, unseen, known ... of a category; missing and bins of a number
    "country": (0.02, 0.03, 0.05, 0.4, 0.3, 0.2),
    "length": (0.7, 0.1, 0.1, 0.1),
}
PROFILE = Profile(
    features=tuple(
        Spread(
            name=name,
            place=place,
            coded=name == "country",
            edges=(1.0, 2.0) if name == "length" else (),
            counts=tuple(round(share * TRAINED) for share in shares),
        )
        for place, (name, shares) in enumerate(SHARES.items())
    )
)


def scored(n: int, seed: int = 0, **shares: tuple[float, ...]) -> Scored:
    """So many leads, like those of training but for the features with other ``shares``."""
    draw = np.random.default_rng(seed)
    return Scored(n, {name: draw.multinomial(n, each).tolist() for name, each in (SHARES | shares).items()})


def breached(found: Scored, limits: Monitoring = LIMITS) -> set[tuple[str, str]]:
    return {(each.name, each.feature) for each in feature_measures(PROFILE, found, limits) if each.breached}


@pytest.mark.parametrize("n", [500, 2000, 100_000])
def test_leads_like_those_of_training_are_within_the_limits(n: int) -> None:
    assert [breached(scored(n, seed)) for seed in range(50)] == [set()] * 50


@pytest.mark.parametrize("n", [500, 100_000])
def test_a_mix_that_moved_is_seen(n: int) -> None:
    found = scored(n, country=(0.02, 0.03, 0.05, 0.1, 0.1, 0.7))
    assert breached(found) == {("psi", "country"), ("js_distance", "country")}


def test_a_column_that_is_no_longer_filled_is_seen() -> None:
    assert breached(scored(600, length=(1.0, 0.0, 0.0, 0.0))) >= {("null_share", "length"), ("psi", "length")}
    assert ("null_share", "length") not in breached(scored(600, length=(0.0, 0.34, 0.33, 0.33)))


def test_values_that_are_spelt_anew_are_seen() -> None:
    assert ("unseen_share", "country") in breached(scored(600, country=(0.02, 0.5, 0.05, 0.2, 0.13, 0.1)))


def test_few_leads_are_not_judged_whatever_they_look_like() -> None:
    found = list(feature_measures(PROFILE, scored(3, length=(1.0, 0.0, 0.0, 0.0)), LIMITS))
    assert {(each.value, each.breached) for each in found} == {(None, False)}
    assert {each.reason for each in found} == {"3 leads scored in 30 days are too few (500 needed)"}
    assert [(each.name, each.feature) for each in found] == [
        *((name, "country") for name in ("psi", "js_distance", "null_share", "unseen_share")),
        *((name, "length") for name in ("psi", "js_distance", "null_share")),
    ]


def test_the_unseen_among_few_values_are_not_judged() -> None:
    found = {each.name: each for each in feature_measures(PROFILE, scored(600, country=(0.9, 0.1, 0, 0, 0, 0)), LIMITS)}
    assert str(found["unseen_share"].reason).endswith("values are too few (500 needed)")


def test_a_model_without_a_profile_says_so() -> None:
    assert list(feature_measures(Profile(), scored(600), LIMITS)) == [Measure.untold("psi", NO_PROFILE)]


def test_runs_are_drawn_on_until_they_have_enough_leads() -> None:
    runs = [Scored(300, {"x": [100, 200]}), Scored(300, {"x": [0, 300]}), Scored(300, {"x": [300, 0]})]
    assert Scored.of(runs, enough=500) == Scored(600, {"x": [100, 500]})
    assert Scored.of(runs) == Scored(900, {"x": [400, 500]})
    assert Scored.of([]) == Scored(0, {})
