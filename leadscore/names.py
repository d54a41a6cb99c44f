"""What the names of columns say: their words, and whether they name an id."""

import re

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\dA-Za-z_]+|\d+")
COUNTS = {"number", "no", "nr", "num"}  # of a thing, or how many of them there are
IDS = {"id", "uuid", "guid", "key", "ref", "reference", "identifier", "code"} | COUNTS
OTHER_SCRIPTS = ("번호", "아이디", "编号", "編號", "番号", "رقم", "معرف", "номер", "ид")


def words(name: str) -> list[str]:
    """The words of a column's name in lower case: ``LeadID`` and ``lead_id`` are both lead, id."""
    return [word.lower() for word in WORDS.findall(name)]


def is_id_name(name: str) -> bool:
    """Whether the name of a column says that it is an id, of whatever."""
    said = words(name)
    return bool(said and (said[-1] in IDS or said[-1].endswith(OTHER_SCRIPTS)))


def may_count(name: str) -> bool:
    """Whether a column that is called an id may as well count something: ``visits_num``."""
    return words(name)[-1:] != [] and words(name)[-1] in COUNTS
