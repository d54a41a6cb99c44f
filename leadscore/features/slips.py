"""Slips of the keyboard: a rare text that is one edit away from a frequent one is taken for it.

The rule is narrow, since "expert" is no slip of "export", "tier iii" none of "tier ii" and "4y" none of "6y": one word
differs, in one letter that was added, lost or swapped with its neighbour, and not the first; of six letters and more
before and after; and no digit is near. One letter in place of another makes another word as often as a slip ("iceland",
"ireland"). Texts that are frequent themselves are never merged.
"""

from collections.abc import Iterator, Sequence

import polars as pl

SHORTEST = 6  # letters: of shorter words too many are one edit apart
MOST = 2_000  # known values up to which slips are looked for: more are names, not categories


def without_slips(values: pl.Series, known: Sequence[str]) -> pl.Series:
    """``values`` (distinct, not null), each slip replaced by the one of ``known`` that it is one edit away from.

    ``known`` are the frequent values, most frequent first: of several the first is taken.
    """
    if len(known) > MOST:
        return values
    meant = slips_among(sorted(set(values) - set(known)), known)
    return values.replace(meant) if meant else values


def slips_among(asked: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """The value that is meant by each of ``asked`` that is a slip; in time and memory that grow with their lengths."""
    ranks = {value: rank for rank, value in enumerate(known)}
    spoilt: dict[str, int] = {}
    for value, rank in ranks.items():
        for slip in (*losing(value), *swapping(value)):
            spoilt.setdefault(slip, rank)
    found: dict[str, str] = {}
    for value in asked:
        near = [ranks[mended] for mended in losing(value) if mended in ranks]
        near += [spoilt[value]] if value in spoilt else []
        if near:
            found[value] = known[min(near)]
    return found


def losing(value: str) -> Iterator[str]:
    """``value`` less one letter of a word that is long enough without it."""
    for before, word, after in words(value, SHORTEST + 1):
        yield from (f"{before}{word[:i]}{word[i + 1 :]}{after}" for i in range(1, len(word)))


def swapping(value: str) -> Iterator[str]:
    """``value`` with two neighbouring letters swapped."""
    for before, word, after in words(value, SHORTEST):
        yield from (f"{before}{word[:i]}{word[i + 1]}{word[i]}{word[i + 2 :]}{after}" for i in range(1, len(word) - 1))


def words(value: str, shortest: int) -> Iterator[tuple[str, str, str]]:
    """What is before each word of ``shortest`` letters and more, the word, and what is after; none beside digits."""
    if any(character.isdigit() for character in value):
        return
    start = 0
    for word in value.split(" "):
        end = start + len(word)
        if len(word) >= shortest and word.isalpha():
            yield value[:start], word, value[end:]
        start = end + 1
