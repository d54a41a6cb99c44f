import io

from rich.table import Table

from leadscore.commands.front import Terminal

EVIL = "kim\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08"


def test_what_leads_hold_does_not_act_on_the_terminal() -> None:
    target = Terminal(file=io.StringIO(), force_terminal=True, width=60)
    table = Table(EVIL)
    table.add_row(EVIL)
    target.print(EVIL, markup=False, highlight=False, soft_wrap=True)
    target.print(table)
    assert isinstance(target.file, io.StringIO)
    told = target.file.getvalue()
    assert told.splitlines()[0] == "kim]0;owned[2J31m"
    assert not {"\x07", "\x9b", "\x08", "\r"} & set(told)
    assert "\x1b]" not in told
    assert "\x1b[2J" not in told
