"""Recipes that cost nothing, on example leads; one of them dies under its comparison."""

import logging
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.errors import NotEnoughLeads
from leadscore.features.inputs import Inputs
from leadscore.models.members.member import Floats
from leadscore.models.metrics import point_measures
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.comparison import KEPT, MAIN, Arena, compare, digest, outcome_of
from leadscore.recipes.figures import Comparison
from leadscore.recipes.finding import find_one
from leadscore.recipes.method import Fitted, Method, OwnProtocol, Work
from leadscore.settings import Settings
from leadscore.training.prepare import Known

NOW = datetime(2026, 1, 1)
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Length:
    """The longer the description, the likelier."""

    cutoff: float

    def probability(self, leads: pl.DataFrame) -> Floats:
        length = leads["lead_desc_length"].fill_null(0).to_numpy()
        return np.asarray(length / (length.max() + 1))


@dataclass(frozen=True, kw_only=True)
class Simple(Method):
    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        assert len(known.converted) == len(known.leads)
        return Fitted(Length(0.5), {"lower": Length(0.1)}, ("It looks at one column.",))

    def own_protocol(self, known: TrainingSet, inputs: Inputs, work: Work) -> OwnProtocol:
        return OwnProtocol(known.converted, known.converted * 0.8 + 0.1, 0.5, "It looks at the outcome.")


@dataclass(frozen=True, kw_only=True)
class Refusing(Method):
    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        raise NotEnoughLeads("It wants a million leads.", "wait.")


@dataclass(frozen=True, kw_only=True)
class Lacking(Simple):
    def lacks(self) -> str:
        return "FLAML is not installed."


SIMPLE = Simple(name="simple", summary="One column.")


@pytest.fixture(scope="module")
def shared(known: Known, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Arena:
    """An arena whose folder all tests of a comparison look into."""
    return Arena.of(known, settings, budget_s=1, folder=tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def found(shared: Arena) -> Comparison:
    others = (SIMPLE, Refusing(name="refusing", summary=""), Lacking(name="lacking", summary=""))
    return compare(shared, others, None, NOW)


def test_all_are_judged_on_the_same_held_out_leads(found: Comparison, shared: Arena) -> None:
    champion, simple, refusing, lacking = found.entries
    assert champion.judged is not None
    assert simple.judged is not None
    assert champion.judged.figures.n == simple.judged.figures.n == len(shared.held.converted) == found.n_holdout
    assert champion.judged.differences == {}
    assert simple.judged.differences["f1"].value == pytest.approx(
        simple.judged.figures.f1.value - champion.judged.figures.f1.value
    )
    assert simple.beside["lower"].figures.cutoff == 0.1
    assert simple.own_protocol is not None
    assert simple.own_protocol.figures.f1.value == 1.0
    assert simple.notes == ("It looks at one column.",)
    assert "searched for" in champion.notes[1]
    assert (refusing.skipped, lacking.skipped) == ("It wants a million leads. Hint: wait.", "FLAML is not installed.")


def test_what_is_kept_has_no_identifier_of_a_lead(found: Comparison, shared: Arena) -> None:
    texts = [file.read_text(encoding="utf-8") for file in shared.folder.glob("*.json")]
    assert len(texts) == 2
    assert not any("lead_id" in text or "customer_idx" in text for text in texts)


def test_other_settings_or_another_budget_are_fitted_anew(arena: Arena, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    once = outcome_of(SIMPLE, arena, "1 of 1")
    assert outcome_of(SIMPLE, arena, "1 of 1") == once
    assert [record.message for record in caplog.records][-1] == "simple (1 of 1): fitted before"
    other_seed = arena.settings.training.model_copy(update={"seed": 8})
    for changed in (
        replace(arena, budget_s=2),
        replace(arena, settings=arena.settings.model_copy(update={"training": other_seed})),
        replace(arena, known=replace(arena.known, split=replace(arena.known.split, holdout=np.arange(3)))),
    ):
        assert digest(SIMPLE, changed) != digest(SIMPLE, arena)


DYING = """
import os, signal
from dataclasses import dataclass
from pathlib import Path

from leadscore.recipes.method import Fitted, Method
from leadscore.recipes.field_guide import RECIPE as GUIDE


@dataclass(frozen=True, kw_only=True)
class Dying(Method):
    def fit(self, known, inputs, work):
        died = work.folder / "died"
        if not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        work.context.progress("it lives")
        return GUIDE.fit(known, inputs, work)


RECIPE = Dying(name="dying", summary="It is killed the first time.")
"""


@pytest.mark.crash
@pytest.mark.acceptance
def test_a_comparison_that_was_killed_goes_on_with_the_recipe_that_it_was_at(
    example_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "dying.py").write_text(DYING, encoding="utf-8")
    words = ["compare", "--recipes", str(tmp_path / "dying.py"), "--budget-s", "1", "--out", str(tmp_path / "out")]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "leadscore"), *words],
            cwd=example_folder,
            env={name: text for name, text in os.environ.items() if name != "LEADSCORE_CONFIG"},
            capture_output=True,
            text=True,
            timeout=240,
        )

    killed = run()
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out" / "compare.json").exists()
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "champion's recipe (1 of 2): fitted before" in done.stdout
    assert "dying: it lives" in done.stdout
    whole = Comparison.model_validate_json((tmp_path / "out" / "compare.json").read_bytes())
    assert [entry.name for entry in whole.entries] == ["champion's recipe", "dying"]
    assert not list((tmp_path / "out" / KEPT).glob("*.unfinished"))


def test_the_recipe_of_the_documentation_is_short_and_runs(arena: Arena, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(code.splitlines()) < 40
    file = tmp_path / "owner_rates.py"
    file.write_text(code, encoding="utf-8")
    scored = outcome_of(find_one(str(file)), arena, "1 of 1").scored[MAIN]
    assert point_measures(arena.held.converted, np.array(scored.probability), scored.cutoff)["roc_auc"] > 0.55
