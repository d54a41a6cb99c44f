import polars as pl

from leadscore.sections import Training
from leadscore.training.snapshots import as_first_scored

TRAINING = Training(min_leads=2, min_conversions=2)
LEADS = pl.DataFrame({"size": [9.0, 9.0, 9.0], "owner": ["ann", "bob", "cat"]})
LIVES = pl.DataFrame({"lead_id": [1, 2, 3], "label": [1, 0, 1]})


def snapshots(rows):
    return pl.DataFrame(rows, schema={"lead_id": pl.Int64, "inputs": pl.String}, orient="row")


def test_a_lead_with_a_snapshot_is_learned_as_it_was_first_scored():
    then = snapshots([(3, '{"size":1.5,"owner":null}'), (1, '{"owner":"dan","size":2}'), (8, '{"size":0,"owner":"x"}')])
    leads, n = as_first_scored(LEADS, LIVES, then, TRAINING)
    assert n == 2
    assert leads.schema == LEADS.schema
    assert leads.rows() == [(2.0, "dan"), (9.0, "bob"), (1.5, None)]


def test_too_few_snapshots_change_nothing():
    one = snapshots([(1, '{"size":2,"owner":"dan"}')])
    lost = snapshots([(1, '{"size":2,"owner":"dan"}'), (2, '{"size":2,"owner":"dan"}')])
    for few in (one, lost, snapshots([])):
        leads, n = as_first_scored(LEADS, LIVES, few, TRAINING)
        assert n == 0
        assert leads.equals(LEADS)


def test_a_column_that_a_snapshot_lacks_is_taken_from_the_present_row():
    old = snapshots([(1, '{"size":2}'), (3, '{"size":1,"owner":null}')])
    leads, n = as_first_scored(LEADS, LIVES, old, TRAINING)
    assert n == 2
    assert leads.rows() == [(2.0, "ann"), (9.0, "bob"), (1.0, None)]


def test_names_of_any_kind_are_found_again():
    odd = LEADS.rename({"size": 'a "b" \u00e4', "owner": "x.y"})
    then = snapshots([(i, odd[i - 1].with_columns(pl.lit("z").alias("x.y")).write_json()[1:-1]) for i in (1, 3)])
    assert as_first_scored(odd, LIVES, then, TRAINING)[0]["x.y"].to_list() == ["z", "bob", "z"]


def test_a_column_of_another_kind_then_is_read_as_it_is_now():
    then = snapshots([(1, '{"size":"3","owner":7}'), (3, '{"size":"n.a.","owner":0.3333333333333333}')])
    leads, _ = as_first_scored(LEADS, LIVES, then, TRAINING)
    assert leads.rows() == [(3.0, "7"), (9.0, "bob"), (None, "0.3333333333333333")]
