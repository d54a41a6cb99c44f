"""A world follows from its seed, and what it shows is unambiguous."""

import numpy as np
import pytest

from leadscore.sample.world import OWNERS, SPREAD, make_world


def test_a_world_follows_from_its_seed() -> None:
    one, same, other = make_world(1), make_world(1), make_world(2)
    assert (one.owners.effects == same.owners.effects).all()
    assert (one.owners.effects != other.owners.effects).any()


def test_sellers_have_one_id_each() -> None:
    assert sorted(make_world(3).owners.ids) == list(range(1, OWNERS + 1))


@pytest.mark.parametrize("field", sorted(set(SPREAD) - {"business_subarea"}))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_text_stands_for_two_values(field: str, seed: int) -> None:
    """Or the truth would not be a function of what is shown; a subarea is only ever shown with its area."""
    lexicon = make_world(seed).lexicons[field]
    owner: dict[str, set[int]] = {}
    sizes = np.diff(lexicon.spellings.bounds)
    for code, text in zip(np.repeat(np.arange(len(sizes)), sizes), lexicon.texts.drop_nulls(), strict=True):
        owner.setdefault(text.lower().strip(), set()).add(int(code))
    assert {text: codes for text, codes in owner.items() if len(codes) > 1} == {}


def test_effects_end_in_one_for_missing() -> None:
    world = make_world(1)
    assert all(len(world.effects[field]) == len(world.lexicons[field].names) + 1 for field in SPREAD)
