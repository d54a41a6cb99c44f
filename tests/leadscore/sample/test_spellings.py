"""Lookups draw and write what they should."""

import numpy as np
import pytest

from leadscore.sample.spellings import Lexicon, Partition, variants
from leadscore.sample.vocabulary import Value


def test_members_come_from_their_group_by_weight() -> None:
    partition = Partition.of([[1.0, 3.0], [5.0]])
    drawn = partition.draw(np.array([0.0, 0.24, 0.26, 0.999, 0.5, 0.5]), np.array([0, 0, 0, 0, 1, -1]))
    assert drawn.tolist() == [0, 0, 1, 1, 2, -1]


def test_a_value_is_written_in_its_own_spellings_and_a_missing_one_is_null() -> None:
    lexicon = Lexicon.of([[Value("vice president", 1.0, 0.0, ("vp",)), Value("intern", 1.0)]])
    uniform = np.array([0.0, 0.99, 0.5, 0.5])
    assert lexicon.write(uniform, np.array([0, 0, 1, -1])).to_list() == [
        "vice president",
        "vp",
        "intern",
        None,
    ]


def test_variants_start_with_the_plain_text_and_do_not_repeat() -> None:
    ways = variants("end user")
    assert ways[0] == "end user"
    assert {"End User", "end_user", "end  user", "end user ", "end user\u200b"} <= set(ways)
    assert len(ways) == len(set(ways))


def test_asking_for_an_unknown_value_is_an_error() -> None:
    lexicon = Lexicon.of([[Value("a", 1.0)]])
    with pytest.raises(ValueError, match="not in tuple"):
        lexicon.is_one_of(np.array([0]), ["b"])
