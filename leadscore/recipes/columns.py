"""Which columns of the frame are what, for recipes that name fields by their role."""

from leadscore.features.inputs import Input, Inputs, Role
from leadscore.schema import Kind

LIKE = (Role.COLUMN, Role.IDENTIFIER)


def categories(inputs: Inputs) -> tuple[str, ...]:
    """The columns of read texts, account and owner among them."""
    return tuple(each.name for each in inputs.columns if each.role in LIKE and each.kind is Kind.CATEGORY)


def numbers(inputs: Inputs) -> tuple[str, ...]:
    """The columns of numbers, of yes and no, and of days before the lead."""
    others = (Kind.CATEGORY, Kind.TEXT)
    return tuple(each.name for each in inputs.columns if each.role in LIKE and each.kind not in others)


def histories(inputs: Inputs) -> tuple[Input, ...]:
    """The histories of each lead as of its creation."""
    return tuple(each for each in inputs.columns if each.role not in LIKE)


def pair_history(inputs: Inputs) -> str | None:
    """The tally of account and owner, where the source has times."""
    found = [name for name, keys in inputs.pasts.items() if len(keys) == 2]
    return found[0] if found else None


def named(inputs: Inputs, column: str) -> str | None:
    """The ``column``, if the leads have it."""
    return column if any(each.name == column for each in inputs.columns) else None
