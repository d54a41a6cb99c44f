"""Which columns look like the id of a row, by their names."""

from collections.abc import Mapping

from leadscore.names import is_id_name, words
from leadscore.schema import Type

LEADS = {"lead", "leads", "mql", "prospect", "contact", "opportunity", "deal"}


def likely_keys(types: Mapping[str, Type]) -> list[str]:
    """The columns that may be the id of a row, the likeliest first: a lead's own, then those that stand first."""
    named = [name for name, type_ in types.items() if type_ in (Type.INTEGER, Type.TEXT) and is_id_name(name)]
    return sorted(named, key=lambda name: not (len(words(name)) == 1 or LEADS & set(words(name))))
