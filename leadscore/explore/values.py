"""Which values of a column may be shown: those of a vocabulary that many leads share, never what tells a person.

Reading has dropped e-mail addresses and phone numbers (`leadscore.reading.text`). What is left may still be names or
sentences, so a column of text shows values only if frequent ones make up most of it and none of its usual values is a
sentence; one whose name says that it is personal shows none at all.
"""

import re

import polars as pl

from leadscore.explore.groups import LEAST
from leadscore.schema import TEXT_LENGTH

FREQUENT = 0.5  # share of a column's filled cells that frequent values must hold
PERSONAL = re.compile(
    r"(^|[^a-z])(e?mail|phone|telephone|mobile|cell|fax|address|street|contact|surname"
    r"|(first|last|full|given|family|middle|person|customer|sur)[^a-z]*name)([^a-z]|$)"
    r"|^name$|이름|성명|성함|전화|휴대폰|이메일|메일|주소|연락처|담당자|姓名|氏名|电话|電話|邮箱|地址|اسم|هاتف"
)
BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])")  # of camelCase


def is_personal_name(column: str) -> bool:
    """Whether the name of a ``column`` says that it tells who somebody is or how to reach them."""
    return bool(PERSONAL.search(BETWEEN.sub("_", column).lower()))


def showable(values: pl.Series) -> bool:
    """Whether the values of a column of text, as it is read, are those of a vocabulary."""
    if is_personal_name(values.name):
        return False
    counts = values.drop_nulls().alias("value").value_counts(name="n")
    frequent = counts.filter(pl.col("n") >= LEAST)
    if frequent.is_empty():
        return False
    is_prose = bool((frequent["value"].str.len_chars() > TEXT_LENGTH).any())
    return not is_prose and int(frequent["n"].sum()) >= FREQUENT * int(counts["n"].sum())
