import json

import numpy as np
import polars as pl
import pytest

from leadscore.explain.reasons import reasons

NAMES = ("expected_timeline", "size", "owner")
SHOWN = pl.DataFrame(
    {
        "owner": ["other", 'the "best" 上海', "missing"],
        "expected_timeline": ["less than 3 months", "missing", "unseen"],
        "size": ["20 to 46", "over 310", "3"],
    }
)
EFFECTS = np.array([[0.83049, -0.2, 0.1], [0.0004, -0.0004, -1.5], [0.25, 0.5, 0.25]])


def test_reasons_of_a_hand_made_matrix_are_exact():
    assert reasons(EFFECTS, NAMES, SHOWN, 2).to_list() == [
        '{"for":[{"feature":"expected_timeline","value":"less than 3 months","effect":0.83},'
        '{"feature":"owner","value":"other","effect":0.1}],'
        '"against":[{"feature":"size","value":"20 to 46","effect":-0.2}]}',
        '{"for":[],"against":[{"feature":"owner","value":"the \\"best\\" 上海","effect":-1.5}]}',
        '{"for":[{"feature":"size","value":"3","effect":0.5},'
        '{"feature":"expected_timeline","value":"unseen","effect":0.25}],"against":[]}',
    ]


@pytest.mark.parametrize("top", [1, 3, 10])
def test_reasons_are_the_strongest_in_order_by_a_plain_loop(top):
    rng = np.random.default_rng(1)
    names = [f"n{i}" for i in range(7)]
    effects = rng.normal(size=(300, 7))
    shown = pl.DataFrame({name: [f"{name} {row}" for row in range(300)] for name in names})
    for row, text in enumerate(reasons(effects, names, shown, top)):
        told = [
            {"feature": name, "value": f"{name} {row}", "effect": round(effect, 3)}
            for effect, name in sorted(zip(effects[row], names, strict=True), reverse=True)
        ]
        helps = [reason for reason in told if reason["effect"] > 0][:top]
        hurts = [reason for reason in reversed(told) if reason["effect"] < 0][:top]
        assert json.loads(text) == {"for": helps, "against": hurts}


def test_the_order_of_the_leads_does_not_matter():
    order = [2, 0, 1]
    assert (
        reasons(EFFECTS[order], NAMES, SHOWN[order], 2).to_list() == reasons(EFFECTS, NAMES, SHOWN, 2)[order].to_list()
    )


@pytest.mark.parametrize(("rows", "top"), [(0, 3), (3, 0)])
def test_no_leads_or_no_reasons_asked_is_fine(rows, top):
    assert reasons(EFFECTS[:rows], NAMES, SHOWN[:rows], top).to_list() == ['{"for":[],"against":[]}'] * rows
