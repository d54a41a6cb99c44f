"""One spelling for each value: what forms and sellers wrote, without case, separators and invisible characters.

Most of the variants of a value differ in nothing else ("less_than_3_months", "Less than 3 months "). A text that
holds an e-mail address or a phone number is no category but a person: it becomes null, that is missing, so that it
can be neither stored in a model nor shown in a reason.
"""

from hashlib import blake2b

import polars as pl

INVISIBLE = r"[\p{Cf}[\p{Cc}--\s]]"  # zero-width spaces and joiners, soft hyphens, direction marks, NUL and its like
SEPARATORS = r"[\s_/.\p{Pd}\u{2212}]+"  # \p{Pd}: all dashes; U+2212: the minus sign

OTHER = "other"  # the value of all texts that say no more than that

# Both are matched after normalising, where every separator is one space. Wider than addresses are, to be safe.
EMAIL = r"\S ?@ ?\S"
INTERNATIONAL_PHONE = r"\+ ?[(]?\d[\d ()]{6,}\d"
# 9 to 15 digits in groups, of which the last has two or more; digits without a gap are taken for an account number.
LOCAL_PHONE = r"^[(]?(\d[ ()]*){7,13}\d{2}$"
GAP = r"\d[ ()]+\d"
PHONE_START = r"^[0(]|\d{3}"  # tells a phone from a list of sizes such as "32 43 49 55 65"
# The same within a longer text, where only the usual ways to group nine digits and more are told from sizes and models.
PHONE_WITHIN = "|".join(
    (
        r"\b0\d{2,4}[ ()]+(\d[ ()]*){5,11}\d\b",  # 0171 234 5678
        r"\b0\d( \d\d){4}\b",  # 06 12 34 56 78
        r"\(\d{3,5}\) ?(\d[ ()]*){5,11}\d\b",  # (555) 123 4567
        r"\b\d{3} \d{3} \d\d(\d[1-9]|[1-9]\d)\b",  # 555 123 4567, but not 600 800 1200
        r"\b[6-9]\d{4} \d{5}\b",  # 98765 43210
    )
)

# Letters that Unicode does not take apart into a letter and an accent.
PLAIN_LETTERS = {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"}


def normalise(text: pl.Expr) -> pl.Expr:
    """``text`` as `spelled`; null where nothing or a person is left. Applying it twice changes nothing."""
    words = spelled(text)
    return pl.when((words != "") & ~is_personal(words)).then(words).name.keep()


def spelled(text: pl.Expr) -> pl.Expr:
    """``text`` in NFKC and lower case; a space for each run of spaces, underscores, dashes, slashes and dots.

    It may be empty, and may hold what is personal.
    """
    visible = text.str.replace_all(INVISIBLE, "")
    # Lower-casing can leave a letter and an accent that compose to one character: hence NFKC again.
    folded = visible.str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
    return folded.str.replace_all(SEPARATORS, " ").str.strip_chars()


def matched(text: pl.Expr) -> pl.Expr:
    """``text`` as spellings are looked up: normalised, without accents."""
    return without_accents(normalise(text))


def without_accents(words: pl.Expr) -> pl.Expr:
    """Normalised text without its accents: "educação" is "educacao"."""
    return words.str.normalize("NFKD").str.replace_all(r"\p{Mn}", "").str.normalize("NFKC")


def compact(words: pl.Expr) -> pl.Expr:
    """Normalised text as one run of plain letters and digits, as spellings are compared: "vicepresident".

    Empty where it holds neither.
    """
    return run_together(without_accents(words))


def run_together(plain: pl.Expr) -> pl.Expr:
    """Normalised text without accents as `compact` has it."""
    return plain.str.replace_many(PLAIN_LETTERS).str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")


def is_personal(words: pl.Expr) -> pl.Expr:
    """Whether text as `spelled` holds an e-mail address or a phone number."""
    whole = words.str.contains(LOCAL_PHONE) & words.str.contains(GAP) & words.str.contains(PHONE_START)
    held = words.str.contains(INTERNATIONAL_PHONE) | words.str.contains(PHONE_WITHIN)
    return words.str.contains(EMAIL) | held | whole


def digests(values: pl.Series) -> pl.Series:
    """Short hashes of ``values``: what may be a name, a sentence or an address is nowhere kept as it is."""
    return values.map_elements(lambda value: blake2b(value.encode(), digest_size=6).hexdigest(), return_dtype=pl.String)
