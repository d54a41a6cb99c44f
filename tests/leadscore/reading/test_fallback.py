import polars as pl

from leadscore.reading.fallback import codes, find_fallback

N = 40
INDIA, BRAZIL = ["india"] * N, ["brazil"] * N


def frame(**columns):
    return pl.DataFrame(columns)


def test_a_missing_country_is_taken_from_a_code_that_stands_for_one():
    mixed = ["chile"] * (N // 2) + ["peru"] * (N // 2)
    read = frame(
        where=[*INDIA, *BRAZIL, *mixed, None, None, None],
        office=[*["exin"] * N, *["exbr"] * N, *["exla"] * N, "exin", "exla", "new"],
        size=["small", "large", "small"] * (N + 1),
    )
    found = find_fallback(read, "where", ["size", "office"])
    assert found is not None
    assert (found.column, found.of, found.values) == ("where", "office", {"exbr": "brazil", "exin": "india"})


def test_where_no_country_is_missing_or_no_code_tells_none_is_taken():
    assert find_fallback(frame(where=INDIA + BRAZIL, office=["exin"] * N + ["exbr"] * N), "where", ["office"]) is None
    assert find_fallback(frame(where=[*INDIA, None], office=["x"] * (N + 1)), "where", ["office"]) is None
    assert find_fallback(frame(where=[*INDIA, None], office=["x"] * (N + 1)), "where", []) is None


def test_where_one_country_dominates_its_codes_are_those_that_have_hardly_any_other():
    country = pl.Series((["united states"] * 96 + ["canada"] * 4) * 10)
    gender = pl.Series(["female", "male"] * 500)
    assert codes(country, gender) == {}, "each value is 96 % of one country, as all leads are"
    office = pl.when(pl.col("country") == "canada").then(pl.lit("exca")).otherwise(pl.lit("exus"))
    offices = country.alias("country").to_frame().select(office).to_series()
    assert codes(country, offices) == {"exca": "canada", "exus": "united states"}
    some = offices.to_frame("o").select(pl.when(pl.int_range(pl.len()) < 50).then("o").otherwise(pl.lit("all")))
    assert codes(country, some.to_series()) == {}, "48 leads of the code would be of one country by chance, too"


def test_codes_that_all_stand_for_one_country_tell_nothing():
    country = pl.Series([*INDIA, *BRAZIL])
    assert codes(country, pl.Series(["yes"] * N + [None] * N)) == {}
    assert codes(country, pl.Series(["yes"] * N + ["no"] * N)) == {"no": "brazil", "yes": "india"}
