from leadscore.toml_lines import line_of, located

TEXT = """# [leads] is below
seed = 1

[leads]
table = "leads"          # a table
"odd name" = 3
kinds = { a = "number" }

[leads.missing_in]
days = [999]
"""


def test_a_key_is_found_in_its_section_and_what_lies_deeper_at_the_key_above() -> None:
    assert line_of(TEXT, ["seed"]) == 2
    assert line_of(TEXT, ["leads", "table"]) == 5
    assert line_of(TEXT, ["leads", "kinds", "a"]) == 7
    assert line_of(TEXT, ["leads", "missing_in", "days", "0"]) == 10
    assert line_of(TEXT, ["leads", "label"]) == 4
    assert line_of(TEXT, ["training", "seed"]) is None


def test_the_keys_that_a_message_names_get_their_line_where_the_file_sets_them() -> None:
    message = "Table x has no column a ([leads] kinds), b ([leads] label)."
    assert located(message, TEXT) == "Table x has no column a ([leads] kinds, line 7), b ([leads] label)."
    assert located(message, TEXT, {("leads", "kinds")}) == message, "the line says another"
