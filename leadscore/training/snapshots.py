"""Leads as they were when they were first scored, in place of what became of their rows since.

A closed row shows its final state, an open one an early state: a column that fills up while a lead is worked on looks
better in training than it will ever be at night. So the inputs of a lead's first scoring are kept (`lead_snapshots`).
"""

import json

import polars as pl

from leadscore.sections import Training

INPUTS, THEN = "leadscore.inputs", "leadscore.then"  # no columns of a user's table


def as_first_scored(
    leads: pl.DataFrame, lives: pl.DataFrame, snapshots: pl.DataFrame, training: Training
) -> tuple[pl.DataFrame, int]:
    """The conformed ``leads``, those with a snapshot as it says, and how many these are.

    ``snapshots`` have lead_id and inputs (JSON). A column that one lacks, since it came later or the model of that
    night did not read it, is taken from the present row. Below ``training.min_leads`` snapshots or
    ``training.min_conversions`` conversions among them none is used.
    """
    there = lives.select("lead_id", "label").join(snapshots, on="lead_id", how="left", maintain_order="left")
    kept = there.filter(pl.col("inputs").is_not_null())
    if kept.height < training.min_leads or kept["label"].sum() < training.min_conversions:
        return leads, 0
    return as_inputs_say(leads, there["inputs"]), kept.height


def as_inputs_say(leads: pl.DataFrame, inputs: pl.Series) -> pl.DataFrame:
    """The conformed ``leads`` (n, k) as the ``inputs`` (n,) of their first scoring say (JSON), if they have any."""
    texts = pl.Struct(dict.fromkeys(leads.columns, pl.String))  # a column may have been of another kind then
    both = leads.with_columns(inputs.alias(INPUTS)).with_columns(pl.col(INPUTS).str.json_decode(texts).alias(THEN))
    return both.select(as_then(name, dtype) for name, dtype in leads.schema.items())


def as_then(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column as the snapshot says, if it says anything of it; null where that cannot be read as ``dtype``."""
    said = pl.col(INPUTS).str.contains(f"{json.dumps(name, ensure_ascii=False)}:", literal=True).fill_null(False)
    then = pl.col(THEN).struct.field(name).cast(dtype, strict=False)
    return pl.when(said).then(then).otherwise(pl.col(name)).alias(name)
