import numba
import numpy as np
import pytest

from leadscore.models.lookup import add_up, compiled
from leadscore.models.tables import Table, packed

COARSE = Table({7: np.array([0, 1, 1])}, {0: np.array([0.5, -0.5])})
FINE = Table({7: np.array([0, 0, 1]), 3: np.array([0, 2])}, {1: np.array([1.0, 2.0, 3.0, 4.0]), 0: np.arange(4.0)})
CODES = np.array([[0, 1, 1], [2, 1, 0]], dtype=np.uint32)  # of the features 3 and 7, for three leads


def test_what_every_table_says_of_a_lead_is_added_to_its_rows_and_to_no_other_lead():
    effects = np.full((2, 5), 10.0)
    add_up(effects, 1, CODES, packed([COARSE, FINE], [3, 7]))
    assert effects.tolist() == [[10, 10 - 0.5 + 1, 10 - 0.5 + 2, 10 + 0.5 + 2, 10], [10, 12, 13, 13, 10]]


def test_no_tables_add_nothing():
    effects = np.zeros((2, 3))
    add_up(effects, 0, CODES, packed([], [3, 7]))
    assert not effects.any()


def test_where_nothing_can_be_kept_the_code_is_compiled_all_the_same(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    with pytest.raises(RuntimeError, match="no locator"):
        numba.njit(cache=True)(add_up.py_func)
    anew, effects = compiled(add_up.py_func), np.zeros((2, 3))
    anew(effects, 0, CODES, packed([COARSE, FINE], [3, 7]))
    assert anew.stats.cache_path is None
    assert effects[1].tolist() == [2, 3, 3]
