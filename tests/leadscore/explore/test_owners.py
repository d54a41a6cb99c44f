from pages.leads import lives

from leadscore.explore.owners import load


def test_the_load_of_each_seller_and_of_all() -> None:
    owners = [1] * 60 + [2] * 30 + [3] * 10 + [None] * 5
    label = [1] * 30 + [0] * 30 + [0] * 20 + [None] * 10 + [1] * 10 + [None] * 5
    found = load(lives(105, owner_id=owners, label=label))
    assert found is not None
    assert (found.n, found.nobody, found.median) == (3, 5, 30)
    assert found.top_share == 0.6, "a tenth of three sellers is one"
    assert [(each.owner, each.leads.n, each.open) for each in found.busiest] == [(1, 60, 0), (2, 30, 10), (3, 10, 0)]
    assert [(each.name, each.n, each.converted) for each in found.by_load.named] == [
        ("6 to 20 leads", 10, 10),
        ("21 to 100 leads", 90, 30),
    ]


def test_without_sellers_there_is_no_load() -> None:
    assert load(lives(10)) is None
