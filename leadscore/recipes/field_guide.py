"""`field_guide`: write-up 001_e3588c3b3cd4aa3c.txt, the fields of the codebook and nothing more.

The write-up describes the 29 fields and trains nothing. Its codebook is `codebook.toml`: each field typed, described
and, by what is known of it, validated; `leadscore check --codebook` shows it. What the fields alone are worth is told
by one LightGBM on them, typed as the codebook says, without any history: the floor for all that the others add. A
table that has none of the fields is taken with the columns that it has.
"""

from leadscore.features.encoders import Encoding, Joined, Labels, Numbers
from leadscore.features.inputs import Inputs
from leadscore.models.cutoff import FBeta
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.codebook import breaches, codebook
from leadscore.recipes.columns import categories, numbers
from leadscore.recipes.tree_vote import PLAIN_LIGHTGBM, TreeVote


def fields(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns that the codebook describes."""
    return tuple(name for name in names if name in codebook())


def features(inputs: Inputs) -> Encoding:
    """The fields, or where there are none all columns."""
    told, counted = fields(categories(inputs)), fields(numbers(inputs))
    if not told and not counted:
        told, counted = categories(inputs), numbers(inputs)
    return Joined((Numbers(counted), Labels(told)))


def held_against(known: TrainingSet, inputs: Inputs) -> tuple[str, ...]:
    """How many fields are there, and which rules the training leads break."""
    there = fields((*categories(inputs), *numbers(inputs)))
    if not there:
        return ("None of the codebook's fields is there: all columns are taken.",)
    broken = [f"{each.field} {each.rule}: broken {each.n:,} times" for each in breaches(known.leads.select(there))]
    return (f"{len(there)} of the codebook's {len(codebook())} fields are there.", *(f"{each}." for each in broken))


RECIPE = TreeVote(
    name="field_guide",
    write_up="001_e3588c3b3cd4aa3c.txt",
    summary="The fields of the codebook as they are; one LightGBM.",
    features=features,
    spaces={"lightgbm": PLAIN_LIGHTGBM},
    cutoff=FBeta(policy="f1"),
    remarks=held_against,
)
