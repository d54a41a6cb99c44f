"""Which columns look like the id of a row, by their names."""

import re
from collections.abc import Mapping

from leadscore.schema import Type

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\dA-Za-z_]+|\d+")
IDS = {"id", "uuid", "guid", "key", "number", "no", "nr", "num", "ref", "reference", "identifier", "code"}
OTHER_SCRIPTS = ("번호", "아이디", "编号", "編號", "番号", "رقم", "معرف", "номер", "ид")
LEADS = {"lead", "leads", "mql", "prospect", "contact", "opportunity", "deal"}


def words(name: str) -> list[str]:
    """The words of a column's name in lower case: ``LeadID`` and ``lead_id`` are both lead, id."""
    return [word.lower() for word in WORDS.findall(name)]


def is_id_name(name: str) -> bool:
    """Whether the name of a column says that it is an id, of whatever."""
    said = words(name)
    return bool(said and (said[-1] in IDS or said[-1].endswith(OTHER_SCRIPTS)))


def likely_keys(types: Mapping[str, Type]) -> list[str]:
    """The columns that may be the id of a row, the likeliest first: a lead's own, then those that stand first."""
    named = [name for name, type_ in types.items() if type_ in (Type.INTEGER, Type.TEXT) and is_id_name(name)]
    return sorted(named, key=lambda name: not (len(words(name)) == 1 or LEADS & set(words(name))))
