import re
from pathlib import Path

import pytest

from leadscore.errors import ConfigError
from leadscore.recipes.finding import BUILT_IN, find, find_one
from leadscore.recipes.method import Method


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_recipe_names_its_write_up_and_says_what_differs(name: str) -> None:
    recipe = find_one(name)
    assert recipe.name == name
    assert re.fullmatch(r"00\d_[0-9a-f]{16}\.txt", recipe.write_up)
    text = (Path(__file__).parents[3] / "leadscore" / "recipes" / f"{name}.py").read_text(encoding="utf-8")
    assert recipe.write_up in text.split('"""')[1]


def test_ones_own_is_found_by_module_and_by_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from leadscore.recipes.field_guide import RECIPE\nOTHER = RECIPE\n")
    assert find_one("leadscore.recipes.field_guide:RECIPE").name == "field_guide"
    assert find_one(str(file)).name == find_one(f"{file}:OTHER").name == "field_guide"


@pytest.mark.parametrize(
    ("name", "told", "hint"),
    [
        ("boosted_yuden", "There is no recipe boosted_yuden.", "did you mean boosted_youden?"),
        ("nowhere:RECIPE", "There is no module nowhere.", "the path of a file"),
        ("nowhere.py", "There is no file nowhere.py.", "path.py:NAME"),
        ("leadscore.recipes.method:Method", "Method of leadscore.recipes.method is no recipe.", "docs/extend.md"),
    ],
)
def test_what_is_none_is_refused_with_a_hint(name: str, told: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        find_one(name)
    assert refused.value.message == told
    assert hint in refused.value.hint


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="Two recipes are called field_guide"):
        find(["field_guide", "leadscore.recipes.field_guide:RECIPE"])


def test_a_recipe_is_complete_only_with_a_fit() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Method(name="mine", summary="")  # type: ignore[abstract]
