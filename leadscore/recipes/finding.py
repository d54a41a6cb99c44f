"""Which recipes there are: those of this folder by name, and anybody's own by module or file."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from leadscore.errors import ConfigError, meant
from leadscore.recipes.method import Method

BUILT_IN = ("boosted_youden", "automl", "field_guide", "resampled_soft_vote", "bert_sam", "customer_index")
RECIPE = "RECIPE"  # what a module calls its recipe, unless told otherwise


def find(names: Sequence[str]) -> list[Method]:
    """The recipes of these ``names``: built in, ``module:NAME``, or ``file.py`` (``file.py:NAME``)."""
    found = [find_one(name) for name in names]
    if twice := [name for name in (each.name for each in found) if [each.name for each in found].count(name) > 1]:
        raise ConfigError(f"Two recipes are called {twice[0]}.", "give your own another name.")
    return found


def find_one(name: str) -> Method:
    """Raises ConfigError where there is no such recipe, or what is there is none."""
    if name in BUILT_IN:
        return recipe_of(importlib.import_module(f"leadscore.recipes.{name}"), RECIPE)
    where, _, attribute = name.partition(":")
    if where.endswith(".py"):
        return recipe_of(module_at(Path(where)), attribute or RECIPE)
    if not attribute:
        raise ConfigError(
            f"There is no recipe {name}.", f"{meant(name, BUILT_IN)} Your own is module:NAME or the path of a file."
        )
    try:
        return recipe_of(importlib.import_module(where), attribute)
    except ModuleNotFoundError:
        raise ConfigError(
            f"There is no module {where}.", "name one that is installed, or the path of a file."
        ) from None


def module_at(file: Path) -> ModuleType:
    """The module in a file, which is run."""
    name = f"leadscore_recipe_{file.stem}"  # no name of a module that something else needs
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise ConfigError(f"There is no file {file}.", "name a recipe as path.py, or path.py:NAME.")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recipe_of(module: ModuleType, attribute: str) -> Method:
    recipe = getattr(module, attribute, None)
    if not isinstance(recipe, Method):
        raise ConfigError(
            f"{attribute} of {module.__name__} is no recipe.", "docs/extend.md shows what one looks like."
        )
    return recipe
