from hypothesis import given
from hypothesis import strategies as st

from leadscore.report import markdown
from leadscore.report.blocks import Cell, Column, Fact, Facts, Note, Page, Section, Table
from leadscore.report.markdown import ROWS, WIDTH, bullets, table, wrapped


def test_numbers_are_aligned_to_the_right() -> None:
    assert table(("grade", "leads"), [("A", "1,200"), ("B", "7")]).splitlines() == [
        "| grade | leads |",
        "| ----- | ----: |",
        "| A     | 1,200 |",
        "| B     |     7 |",
    ]


@given(st.lists(st.tuples(st.text("ab |", max_size=9), st.text("12 |", max_size=9)), max_size=5))
def test_every_row_has_its_cells_and_all_are_as_wide(rows: list[tuple[str, str]]) -> None:
    lines = table(("text", "number"), rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert len({len(line) for line in lines}) == 1
    assert {line.replace("\\|", "").count("|") for line in lines} == {3}


def test_prose_fits_a_terminal_and_words_stay_whole() -> None:
    text = "one-sided " * 60
    assert max(map(len, wrapped(text).splitlines())) <= WIDTH
    assert wrapped(text).split() == text.split()
    first, second = bullets(["word " * 30, "end"]).splitlines()[1:]
    assert (first[:3], second) == ("  w", "- end")


def told(n: int) -> str:
    found = Table("Leads", (Column("lead"),), tuple((Cell(f"<b>{place}"),) for place in range(n)), "None is there.")
    blocks = (Facts((Fact("To call", "7", "of 2 owners"), Fact("Open", "9"))), Note("By kim@example.com."), found)
    queue = Section("queue", "Queue", "Whom to call.", blocks)
    return markdown.page(Page("Night", "It was quiet.", (), (queue,), "End."))


def test_a_page_is_told_without_its_charts_and_with_the_first_rows_of_its_tables() -> None:
    assert told(1).split("\n\n") == [
        *("## Night", "It was quiet.", "### Queue", "Whom to call.", "- To call: 7 (of 2 owners)\n- Open: 9"),
        *("By [e-mail address].", "Leads:", "| lead       |\n| ---------- |\n| &lt;b&gt;0 |", "End.\n"),
    ]
    assert "3 more are in the report." in told(ROWS + 3)
    assert "None is there." in told(0)


def test_what_leads_are_called_is_no_link_and_no_picture() -> None:
    """The pages of Prefect show artifacts as Markdown."""
    found = Table("Leads", (Column("lead"),), ((Cell("![x](http://evil.example/x.png)"),),), "None is there.")
    text = markdown.page(Page("Night", "Quiet.", (found,), (), "End."))
    assert "!\\[x](http" in text
