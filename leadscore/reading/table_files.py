"""The tables of words and spellings: those shipped in ``tables/``, and a user's folder, which extends them.

A file has ``[groups."<name>"]`` tables, each with the ``spellings`` of one meaning, and settings beside them. A file of
the same name in the user's folder is laid over the shipped one group by group: a word that he names moves to his group.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from leadscore.errors import ConfigError
from leadscore.reading.text import compact, matched, normalise

TABLES = Path(__file__).parent / "tables"

Model = TypeVar("Model", bound=BaseModel)


class Group(BaseModel):
    """One meaning: ``name`` is the value, ``spellings`` are whole texts, ``keywords`` whole words in longer texts.

    ``rank`` is its place in an ordered table, ``parent`` its branch in a tree.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    spellings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    rank: float | None = None
    parent: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """All the texts that mean the group, its name among them."""
        return (self.name, *self.spellings, *self.keywords)

    def without(self, words: frozenset[str]) -> Self:
        """The group less ``words``."""
        kept = {
            "spellings": tuple(word for word in self.spellings if word not in words),
            "keywords": tuple(word for word in self.keywords if word not in words),
        }
        return self.model_copy(update=kept)

    def joined(self, other: "Group") -> Self:
        """The group with the words of ``other``, and with its rank and parent where this one has none."""
        gained = {
            "spellings": tuple(dict.fromkeys((*self.spellings, *other.spellings))),
            "keywords": tuple(dict.fromkeys((*self.keywords, *other.keywords))),
            "rank": other.rank if self.rank is None else self.rank,
            "parent": self.parent or other.parent,
        }
        return self.model_copy(update=gained)


def read_tables(name: str, folder: Path | None) -> list[dict[str, Any]]:
    """The contents of the files ``name``, first the shipped one, then the user's, of those that there are.

    Raises ConfigError if there is none, or if one is no TOML.
    """
    places = [TABLES] if folder is None else [TABLES, folder]
    paths = [place / f"{name}.toml" for place in places if (place / f"{name}.toml").is_file()]
    if not paths:
        raise ConfigError(f"There is no table {name}.toml.", "name a shipped table, or add the file to your folder.")
    return [read_toml(path) for path in paths]


def read_toml(path: Path) -> dict[str, Any]:
    """The contents of one file. Raises ConfigError if it is no TOML."""
    try:
        return parsed(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.", "write it as TOML, in UTF-8.") from error


@cache
def parsed(path: Path, _changed: int) -> dict[str, Any]:
    """The contents of a file as of its last change; parsing all tables takes a quarter of a second."""
    return tomllib.loads(path.read_text("utf-8"))


def checked(model: type[Model], name: str, content: Mapping[str, Any]) -> Model:
    """The contents of the file ``name`` as ``model`` has them, else ConfigError."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{name}.toml cannot be used: {problems}.", "compare it with the shipped tables.") from error


def named_groups(name: str, contents: Mapping[str, Group]) -> list[Group]:
    """The groups of the file ``name``, their words as they are looked up. Raises ConfigError if two share a word."""
    titles = written(normalise, list(contents))
    plain = written(matched, list({word for group in contents.values() for word in group.words}))
    groups = [
        group.model_copy(
            update={
                "name": titles[title] or "",
                "spellings": tuple(known for word in group.spellings if (known := plain[word])),
                "keywords": tuple(known for word in group.keywords if (known := plain[word])),
            }
        )
        for title, group in contents.items()
    ]
    refuse_shared_words(name, groups)
    return groups


def refuse_shared_words(name: str, groups: Sequence[Group]) -> None:
    """Raise ConfigError if a word, compared in compact form, is in two groups."""
    keys, owner = keys_of(groups), dict[str, str]()
    for group in groups:
        for word in group.words:
            if owner.setdefault(keys[word], group.name) != group.name:
                raise ConfigError(
                    f'{name}.toml has "{word}" both in "{owner[keys[word]]}" and in "{group.name}".',
                    "a spelling has one meaning: take it out of one of the groups.",
                )


def laid_over(shipped: Sequence[Group], own: Sequence[Group]) -> list[Group]:
    """``shipped`` with the user's groups laid over them; his new groups follow.

    A shipped group whose very name he gives as a spelling of another goes there whole.
    """
    keys = keys_of([*shipped, *own])
    owner = {keys[word]: group.name for group in own for word in group.words}
    taken = frozenset(word for word, key in keys.items() if key in owner)
    homes = {group.name: owner.get(keys[group.name], group.name) for group in shipped}
    groups = {group.name: group.without(taken) for group in shipped if homes[group.name] == group.name}
    for group in own:
        groups[group.name] = group.joined(groups.get(group.name, group))
    for group in shipped:
        home = homes[group.name]
        groups[home] = groups[home].joined(group.without(taken))
    return list(groups.values())


def keys_of(groups: Iterable[Group]) -> dict[str, str]:
    """The compact form of each word of the groups."""
    keys = written(compact, list({word for group in groups for word in group.words}))
    return {word: key or word for word, key in keys.items()}


def written(form: Callable[[pl.Expr], pl.Expr], words: Sequence[str]) -> dict[str, str | None]:
    """Each of ``words`` in a form of `text`, None where nothing is left of it."""
    texts = pl.LazyFrame({"word": words}, schema={"word": pl.String})
    return dict(zip(words, texts.select(form(pl.col("word"))).collect().to_series(), strict=True))


def all_written(form: Callable[[pl.Expr], pl.Expr], words: Sequence[str]) -> tuple[str, ...]:
    """The different forms of ``words``, in order."""
    return tuple(dict.fromkeys(known for known in written(form, words).values() if known))
