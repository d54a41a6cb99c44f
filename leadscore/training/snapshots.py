"""Leads as they were when they were first scored, in place of what became of their rows since.

A closed row shows its final state, an open one an early state: a column that fills up while a lead is worked on looks
better in training than it will ever be at night. So the inputs of a lead's first scoring are kept (`lead_snapshots`).
"""

import polars as pl

from leadscore.sections import Training


def as_first_scored(
    leads: pl.DataFrame, lives: pl.DataFrame, snapshots: pl.DataFrame, training: Training
) -> tuple[pl.DataFrame, int]:
    """The conformed ``leads``, those with a snapshot as it says, and how many these are.

    ``snapshots`` have lead_id and inputs (JSON). One that lacks a column, which came later, does not count. Below
    ``training.min_leads`` snapshots or ``training.min_conversions`` conversions among them none is used.
    """
    whole = [pl.col("inputs").str.contains(f'"{name}":', literal=True) for name in leads.columns]
    usable = snapshots.filter(whole).join(lives.select("lead_id", "label"), on="lead_id")
    if usable.height < training.min_leads or usable["label"].sum() < training.min_conversions:
        return leads, 0
    then = usable.select("lead_id", pl.col("inputs").str.json_decode(pl.Struct(leads.schema)).alias("then"))
    there = lives.select("lead_id").join(then, on="lead_id", how="left", maintain_order="left")["then"]
    now = leads.to_struct("then")
    return now.zip_with(there.is_null(), there).struct.unnest(), usable.height
