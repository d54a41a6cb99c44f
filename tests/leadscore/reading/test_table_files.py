import pytest

from leadscore.errors import ConfigError
from leadscore.reading.table_files import Group, keys_of, laid_over, named_groups, read_tables


def words(groups: list[Group]) -> dict[str, tuple[str, ...]]:
    return {group.name: group.words for group in groups}


SHIPPED = [
    Group(name="partner", spellings=("dealer", "home builder"), rank=1),
    Group(name="owner", spellings=("boss",), keywords=("owner of",), rank=2),
]


def test_a_word_moves_to_the_group_of_the_user():
    laid = laid_over(SHIPPED, [Group(name="owner", spellings=("homebuilder",))])
    assert words(laid) == {"partner": ("partner", "dealer"), "owner": ("owner", "homebuilder", "boss", "owner of")}
    assert [group.rank for group in laid] == [1, 2]


def test_a_new_group_follows_the_shipped_ones():
    laid = laid_over(SHIPPED, [Group(name="builder", spellings=("home builder",), rank=0.5)])
    assert [(group.name, group.rank) for group in laid] == [("partner", 1), ("owner", 2), ("builder", 0.5)]


def test_a_rank_of_the_user_counts():
    assert laid_over(SHIPPED, [Group(name="owner", rank=9)])[1].rank == 9


def test_a_group_whose_name_is_made_a_spelling_goes_there_whole():
    laid = laid_over(SHIPPED, [Group(name="owner", spellings=("partner",))])
    assert words(laid) == {"owner": ("owner", "partner", "boss", "dealer", "home builder", "owner of")}
    assert laid[0].rank == 2


def test_words_are_compared_without_accents_case_and_gaps():
    keys = keys_of([Group(name="vice president", spellings=("vice-président", "vicepresident", "ßtraße", "-"))])
    assert keys == {
        "vice president": "vicepresident",
        "vice-président": "vicepresident",
        "vicepresident": "vicepresident",
        "ßtraße": "sstrasse",
        "-": "-",
    }


def test_words_are_kept_as_they_are_looked_up():
    (group,) = named_groups("x", {"End  User": Group(spellings=("Usuário_Final", "//"), keywords=("USER",))})
    assert (group.name, group.spellings, group.keywords) == ("end user", ("usuario final",), ("user",))


def test_a_word_in_two_groups_is_refused():
    with pytest.raises(ConfigError, match=r'x\.toml has "home owner" both in "a" and in "b"'):
        named_groups("x", {"a": Group(spellings=("homeowner",)), "b": Group(spellings=("Home Owner",))})


def test_a_table_that_is_nowhere_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no table nothing\.toml"):
        read_tables("nothing", tmp_path)


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path):
    (tmp_path / "mine.toml").write_text("groups = [")
    with pytest.raises(ConfigError, match=r"mine\.toml cannot be read"):
        read_tables("mine", tmp_path)
