"""Times as databases and people write them, turned into naive UTC with microseconds."""

import polars as pl

UTC_NAIVE = pl.Datetime("us")
DAY = 86_400_000_000  # microseconds


def to_utc(time: pl.Expr, dtype: pl.DataType, timezone: str) -> pl.Expr:
    """Turn a column stored as ``dtype`` (time, date or ISO 8601 text) into naive UTC; what is no time becomes null.

    Times without an offset are read as local to ``timezone`` (an IANA name); an hour that a clock change skips
    is null, one that it repeats is the earlier.
    """
    if isinstance(dtype, pl.Datetime):
        return _aware(time, timezone) if dtype.time_zone is None else _naive(time)
    if dtype == pl.Date:
        return _aware(time.cast(UTC_NAIVE), timezone)
    text = time.cast(pl.String).str.strip_chars().str.replace("T", " ", literal=True).str.replace(r"\s*Z$", "+00:00")
    offset = pl.coalesce(
        text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        for form in ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")
    )
    local = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    minute = text.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us")
    day = text.str.to_date("%Y-%m-%d", strict=False).cast(UTC_NAIVE)
    return pl.coalesce(_naive(offset), _aware(pl.coalesce(local, minute, day), timezone))


def _aware(local: pl.Expr, timezone: str) -> pl.Expr:
    return _naive(local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null"))


def _naive(aware: pl.Expr) -> pl.Expr:
    return aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(UTC_NAIVE)


def days_since_1970(time: pl.Expr) -> pl.Expr:
    """Naive UTC as a number of days, negative before 1970: a time as every table and JSON can hold it."""
    return time.dt.epoch("us").cast(pl.Float64) / DAY


def days_before(created_at: pl.Series, days: pl.Series) -> pl.Series:
    """Whole days that times, in `days_since_1970`, lie before their leads came in; negative where they lie after.

    Null where one of the two is not known.
    """
    came_in = created_at.to_frame("came_in").select(days_since_1970(pl.col("came_in"))).to_series()
    return (came_in - days).floor().alias(days.name)
