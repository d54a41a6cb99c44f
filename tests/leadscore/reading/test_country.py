import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.errors import ConfigError
from leadscore.reading.country import CITY, CODE, NAMED, Country
from leadscore.schema import Kind

COUNTRY = Country.load()

ASIA, CIS, EUROPE, LATIN, NORTH, AFRICA = REGIONS = (
    "asia-pacific",
    "cis",
    "europe",
    "latin america and caribbean",
    "north america",
    "middle east and africa",
)

NAMES = [
    ("India", "india", ASIA),
    ("INDIA", "india", ASIA),
    ("//India", "india", ASIA),
    ("/Falford/India", "india", ASIA),
    ("/Falford/India/", "india", ASIA),
    ("/Lagos, Falford/Nigeria", "nigeria", AFRICA),
    ("/ Seoul / 대한민국", "south korea", ASIA),
    ("한국", "south korea", ASIA),
    ("Korea", "south korea", ASIA),
    ("Korea, Republic of", "south korea", ASIA),
    ("Republic of Korea", "south korea", ASIA),
    ("North Korea", "north korea", ASIA),
    ("Korea, Democratic People's Republic of", "north korea", ASIA),
    ("Ελλάδα", "greece", EUROPE),
    ("ΕΛΛΑΔΑ", "greece", EUROPE),
    ("Brasil", "brazil", LATIN),
    ("Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "cote d'ivoire", AFRICA),
    ("Cote d'Ivoire", "cote d'ivoire", AFRICA),
    ("Ivory Coast", "cote d'ivoire", AFRICA),
    ("中国", "china", ASIA),
    ("P.R. China", "china", ASIA),
    ("台灣", "taiwan", ASIA),
    ("臺灣", "taiwan", ASIA),
    ("Hong Kong SAR", "hong kong", ASIA),
    ("Macau", "macao", ASIA),
    ("EE. UU.", "united states", NORTH),
    ("EE.UU", "united states", NORTH),
    ("USA", "united states", NORTH),
    ("U.S.", "united states", NORTH),
    ("U.S.A.", "united states", NORTH),
    ("the United States of America", "united states", NORTH),
    ("Estados Unidos", "united states", NORTH),
    ("Puerto Rico", "puerto rico", LATIN),
    ("UK", "united kingdom", EUROPE),
    ("U.K.", "united kingdom", EUROPE),
    ("/Falford/England", "united kingdom", EUROPE),
    ("Scotland", "united kingdom", EUROPE),
    ("Wales", "united kingdom", EUROPE),
    ("Northern Ireland", "united kingdom", EUROPE),
    ("Ireland", "ireland", EUROPE),
    ("Isle of Man", "isle of man", EUROPE),
    ("U.A.E", "united arab emirates", AFRICA),
    ("UAE", "united arab emirates", AFRICA),
    ("الإمارات العربية المتحدة", "united arab emirates", AFRICA),
    ("KSA", "saudi arabia", AFRICA),
    ("السعودية", "saudi arabia", AFRICA),
    ("Türkiye", "turkey", AFRICA),
    ("Turkey", "turkey", AFRICA),
    ("Viet Nam", "vietnam", ASIA),
    ("Việt Nam", "vietnam", ASIA),
    ("Czech Republic", "czechia", EUROPE),
    ("Czechia", "czechia", EUROPE),
    ("Czech", "czechia", EUROPE),
    ("Swaziland", "eswatini", AFRICA),
    ("Eswatini", "eswatini", AFRICA),
    ("St Kitts", "saint kitts and nevis", LATIN),
    ("St. Kitts & Nevis", "saint kitts and nevis", LATIN),
    ("St Maarten", "sint maarten", LATIN),
    ("Sint Maarten", "sint maarten", LATIN),
    ("St. Martin", "saint martin", LATIN),
    ("Kosovo", "kosovo", EUROPE),
    ("Palestine", "palestine", AFRICA),
    ("Palestinian Territories", "palestine", AFRICA),
    ("Holland", "netherlands", EUROPE),
    ("The Netherlands", "netherlands", EUROPE),
    ("Burma", "myanmar", ASIA),
    ("Macedonia", "north macedonia", EUROPE),
    ("Deutschland", "germany", EUROPE),
    ("Österreich", "austria", EUROPE),
    ("Россия", "russia", CIS),
    ("Україна", "ukraine", EUROPE),
    ("Kazakhstan", "kazakhstan", CIS),
    ("ประเทศไทย", "thailand", ASIA),
    ("México", "mexico", LATIN),
    ("El Salvador", "el salvador", LATIN),
    ("Togo", "togo", AFRICA),
    ("Colombia", "colombia", LATIN),
    ("Niger", "niger", AFRICA),
    ("Nigeria", "nigeria", AFRICA),
    ("Dominica", "dominica", LATIN),
    ("Dominican Republic", "dominican republic", LATIN),
    ("República Dominicana", "dominican republic", LATIN),
    ("Guinea", "guinea", AFRICA),
    ("Papua New Guinea", "papua new guinea", ASIA),
    ("Equatorial Guinea", "equatorial guinea", AFRICA),
    ("/Falford/Guinea-Bissau", "guinea bissau", AFRICA),
    ("Oman", "oman", AFRICA),
    ("Romania", "romania", EUROPE),
    ("Mali", "mali", AFRICA),
    ("Somalia", "somalia", AFRICA),
    ("Congo", "congo", AFRICA),
    ("DR Congo", "dr congo", AFRICA),
    ("Congo, Democratic Republic of the", "dr congo", AFRICA),
    ("Congo (Kinshasa)", "dr congo", AFRICA),
    ("Sudan", "sudan", AFRICA),
    ("South Sudan", "south sudan", AFRICA),
    ("Samoa", "samoa", ASIA),
    ("American Samoa", "american samoa", ASIA),
    ("Virgin Islands", "us virgin islands", LATIN),
    ("Virgin Islands, British", "british virgin islands", LATIN),
    ("Jersey", "jersey", EUROPE),
    ("//Georgia", "georgia", CIS),
    ("/Tbilisi/Georgia", "georgia", CIS),
    ("Georgia, USA", "united states", NORTH),
    ("United States / Georgia", "united states", NORTH),
    ("12 Main St, Springfield, IL 62701, USA", "united states", NORTH),
    ("sales@example.com, Kenya", "kenya", AFRICA),
]

INFERRED = [
    ("/Atlanta/Georgia", "united states", NORTH),
    ("Atlanta Georgia", "united states", NORTH),
    ("/Wilmington/DE", "united states", NORTH),
    ("/Falford/DE", "germany", EUROPE),
    ("DE", "germany", EUROPE),
    ("CA", "canada", NORTH),
    ("/Los Angeles/CA", "united states", NORTH),
    ("IN", "india", ASIA),
    ("/Indianapolis/IN", "united states", NORTH),
    ("/Bangalore/in", "india", ASIA),
    ("/Falford/TX", "united states", NORTH),
    ("GBR", "united kingdom", EUROPE),
    ("California", "united states", NORTH),
    ("/Albany/New York", "united states", NORTH),
    ("New Mexico", "united states", NORTH),
    ("New Jersey", "united states", NORTH),
    ("New England", "united states", NORTH),
    ("Baja California", "mexico", LATIN),
    ("/London/Ontario", "canada", NORTH),
    ("/Toronto/ON", "canada", NORTH),
    ("/São Paulo/SP", "brazil", LATIN),
    ("/Florianópolis/SC", "brazil", LATIN),
    ("Tamil Nadu", "india", ASIA),
    ("New South Wales", "australia", ASIA),
    ("America", "united states", NORTH),
    ("上海", "china", ASIA),
    ("中国上海市", "china", ASIA),
    ("Dubai - U.A.E.", "united arab emirates", AFRICA),
    ("Germany North", "germany", EUROPE),
    ("EMEA - France East", "france", EUROPE),
    ("we are a small hotel in Oman and would like to have a quotation", "oman", AFRICA),
    ("서울특별시", "south korea", ASIA),
    ("Москва", "russia", CIS),
    ("Αθήνα", "greece", EUROPE),
    ("Dubai", "united arab emirates", AFRICA),
    ("Lagos", "nigeria", AFRICA),
    ("São Paulo", "brazil", LATIN),
    ("/Mexico City/", "mexico", LATIN),
    ("/Lagos/Falford", "nigeria", AFRICA),
    ("/Paris/unknown", "france", EUROPE),
]

DROPPED = [
    "//",
    "/ /",
    "-",
    "n/a",
    "N/A",
    "none",
    "no",
    "unknown",
    "Corporate",
    "//Corporate",
    "buyer@example.com",
    "info@india.com",
    "info \N{FULLWIDTH COMMERCIAL AT} india.com",
    "3 Example Street, Sampletown 10021",
    "221B Baker Street, London",
    "+44 20 7946 0000",
    "a hotel that wants forty displays",
]

KEPT = [
    ("/Falford/Belamb", "falford belamb"),
    ("Latin America", "latin america"),
    ("Eastern_Europe", "eastern europe"),
    ("Élysée", "élysée"),
    ("Other", "other"),
    ("others", "other"),
    ("Nigerian", "nigerian"),
    ("Kingston", "kingston"),
    ("Jersey City", "jersey city"),
]


def read(*texts: str) -> pl.DataFrame:
    return COUNTRY.read(pl.Series(texts, dtype=pl.String))


def rows(*texts: str) -> list[tuple[str, tuple[str | None, bool, str | None]]]:
    """Each text with its row, so that a difference names the text."""
    return list(zip(texts, read(*texts).rows(), strict=True))


def test_a_text_that_names_a_country_is_understood():
    expected = [(text, (country, True, continent)) for text, country, continent in NAMES]
    assert rows(*(text for text, *_ in NAMES)) == expected


def test_a_code_a_city_or_a_name_among_other_words_is_read_but_is_no_sign_of_a_column_of_countries():
    expected = [(text, (country, False, continent)) for text, country, continent in INFERRED]
    assert rows(*(text for text, *_ in INFERRED)) == expected


def test_what_is_missing_an_address_or_prose_is_dropped():
    assert rows(*DROPPED) == [(text, (None, False, None)) for text in DROPPED]


def test_what_names_no_country_stays_as_it_is():
    assert rows(*(text for text, _ in KEPT)) == [(text, (value, False, None)) for text, value in KEPT]


def test_it_gives_a_row_for_each_text_in_their_order():
    texts = ["Kenya", "//", "/Falford/Peru", "Kenya"]
    assert read(*texts)["value"].to_list() == ["kenya", None, "peru", "kenya"]
    assert read().schema == {"value": pl.String, "understood": pl.Boolean, "continent": pl.String}
    assert Country.derived == {"continent": Kind.CATEGORY}


def test_every_country_has_one_of_the_six_continents():
    assert len(COUNTRY.places) == 250
    assert {place.continent for place in COUNTRY.places} == set(REGIONS)


def test_every_country_reads_as_itself():
    names = [place.country for place in COUNTRY.places]
    once = read(*names)
    assert once["value"].to_list() == names
    assert once["understood"].all()


@pytest.mark.parametrize("role", [NAMED, CODE, CITY])
def test_no_name_belongs_to_two_countries(role):
    entries = [entry for place in COUNTRY.places for entry in place.entries]
    pairs = {(name, country) for name, kind, country, _ in entries if kind == role}
    assert len({name for name, _ in pairs}) == len(pairs)


def test_what_is_stored_reads_the_same():
    texts = pl.Series([text for text, *_ in NAMES + INFERRED + KEPT])
    expected = COUNTRY.read(texts)
    stored = COUNTRY.model_dump_json()
    again = Country.model_validate_json(stored)
    assert again == COUNTRY
    assert again.read(texts).equals(expected)
    assert len(stored.encode()) < 250_000


def test_a_users_file_adds_names_and_changes_what_it_names(tmp_path: Path):
    (tmp_path / "country.toml").write_text(
        """
missing = ["Head Office"]

[turkey]
continent = "europe and turkey"
names = ["Anatolia", "Holland"]
cities = ["Falford"]

["Sealand "]
continent = "europe"
alone = ["S-L"]

["united states".states]
Freedonia = { code = "FD", cities = ["Belamb"] }
""",
        "utf-8",
    )
    own = Country.load(tmp_path)
    turkey, usa = ("turkey", "europe and turkey"), ("united states", NORTH)
    expected = {
        **dict.fromkeys(["ANATOLIA", "Holland", "Türkiye", "Falford"], turkey),
        **dict.fromkeys(["sealand", "/x/s.l."], ("sealand", "europe")),
        **dict.fromkeys(["x freedonia", "/Belamb/FD"], usa),
        "Head office": (None, None),
    }
    read = own.read(pl.Series(list(expected)))
    assert dict(zip(expected, read.select("value", "continent").rows(), strict=True)) == expected


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[atlantis]\nnames = ['the lost city']", '"atlantis" has no continent'),
        ("[france]\nname = ['Gaul']", "countries.france.name"),
        ("[france]\nnames = 'Gaul'", "countries.france.names"),
    ],
)
def test_an_ill_formed_file_is_refused(tmp_path: Path, content, problem):
    (tmp_path / "country.toml").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(problem)):
        Country.load(tmp_path)


SPELLINGS = [text for text, *_ in NAMES + INFERRED + KEPT] + DROPPED
PIECES = st.sampled_from([*SPELLINGS, "/", ",", " ", "_", "-", "St", "New", "Viet", "Nam", "GA"])
TEXTS = st.lists(st.lists(PIECES | st.text(max_size=8), max_size=5).map("".join), max_size=20, unique=True)


@settings(max_examples=15, deadline=None)
@given(TEXTS)
def test_reading_what_was_read_changes_nothing(texts):
    once = read(*texts)
    known = once.drop_nulls("value")
    again = COUNTRY.read(known["value"])
    assert again.drop("understood").equals(known.drop("understood"))


@settings(max_examples=15, deadline=None)
@given(TEXTS, st.randoms())
def test_the_order_of_the_texts_does_not_matter(texts, random):
    order = list(range(len(texts)))
    random.shuffle(order)
    assert read(*(texts[i] for i in order)).equals(read(*texts)[order])


@settings(max_examples=15, deadline=None)
@given(TEXTS)
def test_no_value_holds_an_address_or_a_number(texts):
    assert not read(*texts)["value"].str.contains(r"@|\d").any()
