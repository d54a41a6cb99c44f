import pytest

from leadscore.names import is_id_name, may_count, words


@pytest.mark.parametrize("name", ["lead_id", "LeadID", "campaignUUID", "캠페인번호", "product code", "Order No", "رقم"])
def test_names_of_ids(name: str) -> None:
    assert is_id_name(name)


@pytest.mark.parametrize("name", ["paid", "idea", "country", "🙂", "", "id_strategic_ver"])
def test_names_of_other_things(name: str) -> None:
    assert not is_id_name(name)


def test_a_number_of_something_may_be_how_many_there_are() -> None:
    assert may_count("visits_num")
    assert not may_count("campaign_id")
    assert not may_count("🙂")
    assert words("담당자 🙂 ID2") == ["담당자", "id", "2"]
