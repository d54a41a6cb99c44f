from leadscore.report.blocks import Cell, Column, Table


def table(*columns: Column, row: tuple[str, ...]) -> Table:
    return Table("Caption", columns, (tuple(map(Cell, row)),), empty="")


def test_a_table_is_wide_where_a_phone_does_not_show_its_columns_beside_each_other() -> None:
    share, gain, lift = (Column(name, number=True) for name in ("share", "gain", "lift"))
    assert not table(share, gain, lift, row=("1%", "12%", "11.6")).wide
    assert table(share, gain, lift, row=("1%", "12% (10% to 13%)", "11.6 (10.2 to 12.7)")).wide, "long figures"
    assert table(share, gain, lift, lift, row=("1%", "2%", "3", "4")).wide, "four columns"
    words = Column("check"), Column("is"), Column("found", prose=True)
    assert not table(
        *words, row=("copy", "of no use", "it equals another in all leads in which they could differ")
    ).wide
    assert table(*words, row=("customer_country.1", "copy", "it equals another")).wide, "a word that does not break"
