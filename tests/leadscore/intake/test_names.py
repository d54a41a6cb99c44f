import pytest

from leadscore.errors import SourceError
from leadscore.intake.keys import likely_keys
from leadscore.intake.names import changed, clean_names
from leadscore.schema import Type


def test_names_are_unique_even_without_case_and_fit_every_database() -> None:
    cells = ["Name", "name", "", None, "서울" * 40, "서울" * 40, "a\nb", "x" * 99]
    names = clean_names(cells)
    assert names[:4] == ("Name", "name_2", "column 3", "column 4")
    assert names[6] == "a b"
    assert len({name.casefold() for name in names}) == len(cells)
    assert max(len(name.encode()) for name in names) <= 60
    [(label, told)] = changed(cells, names)
    assert (label, told.startswith("'name' is called name_2; ")) == ("names", True)
    assert told.endswith("; and 2 more")
    assert changed(["a"], ["a"]) == ()


@pytest.mark.parametrize("cells", [["1", "2", "x"], ["", "", "3"], ["2026-01-01", "1,5"]])
def test_data_are_no_names(cells: list[str]) -> None:
    with pytest.raises(SourceError, match="no names"):
        clean_names(cells)


def test_a_leads_own_id_is_likelier_than_that_of_something_else() -> None:
    names = {"landing_page_id": Type.TEXT, "LeadID": Type.TEXT, "price": Type.FLOAT, "paid": Type.TEXT}
    assert likely_keys(names | {"고객번호": Type.TEXT}) == ["LeadID", "고객번호", "landing_page_id"]
