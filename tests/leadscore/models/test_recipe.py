import numpy as np

from leadscore.models.recipe import Part, Recipe, TrainingSet

TWO = Recipe(
    left_out=("size",),
    treatment="none",
    parts=(
        Part(family="logistic", params={}, rounds=0, weight=0.3),
        Part(family="lightgbm", params={"max_depth": 2}, rounds=6, weight=0.7),
    ),
    bags=1,
)


def test_rows_of_a_training_set_keep_together(known: TrainingSet) -> None:
    rows = np.array([5, 3, 900])
    part = known[rows]
    assert part.leads.equals(known.leads[[5, 3, 900]])
    for name in ("converted", "account", "order"):
        np.testing.assert_array_equal(getattr(part, name), getattr(known, name)[rows])
    bare = TrainingSet(known.leads, known.converted, None, None)[rows]
    assert (bare.account, bare.order) == (None, None)


def test_a_recipe_is_read_back_from_json_and_can_forget_its_rounds() -> None:
    assert Recipe.model_validate_json(TWO.model_dump_json()) == TWO
    forgotten = TWO.without_rounds()
    assert {part.rounds for part in forgotten.parts} == {None}
    assert [part.weight for part in forgotten.parts] == [part.weight for part in TWO.parts]
