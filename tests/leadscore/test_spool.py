import polars as pl

from leadscore.spool import Spool


def test_frames_come_back_as_they_were_added_in_any_order() -> None:
    frames = [
        pl.DataFrame({"id": [1, 2], "name": ["a", None]}),
        pl.DataFrame(schema={"id": pl.Int64, "name": pl.String}),
        pl.DataFrame({"id": [3], "name": ["한국"]}),
    ]
    spool = Spool(frames[:1])
    assert spool[0].equals(frames[0])
    for frame in frames[1:]:
        spool.add(frame)
    assert spool.height == 3
    assert len(spool) == 3
    assert spool[2].equals(frames[2])
    assert [each.rows() for each in spool] == [each.rows() for each in frames]
    assert spool[1].schema == frames[1].schema
