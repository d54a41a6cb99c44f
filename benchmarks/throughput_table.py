"""The figures of ``throughput.py`` as a table, with absolute seconds and what is to be reached.

python benchmarks/throughput_table.py        # of results/throughput.json
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results" / "throughput.json"
AT_LEAST = {"ratio_peer": 8}
AT_MOST = {"ratio_floor": 1.3, "rss_gib": 1.5, "rss_growth": 1.15, "incremental_share": 0.03}

Found = dict[str, Any]


def table(result: Found) -> str:
    return "\n".join(_lines(result))


def _lines(result: Found) -> Iterator[str]:
    leads, about = result["leads"], result["machine"]
    night = result["by_size"][str(leads)]
    yield f"{leads:,} open leads, commit {result['commit']}, {result['when']}, medians of {result['repeats']}"
    yield "{cpu}, {cores} cores, {memory_gib} GiB, PostgreSQL {postgresql}, Python {python}; load before {load}".format(
        **about
    )
    yield ""
    yield from _figures(result)
    yield from _stages("full rescore, s", night["steps"], median(night["seconds"]))
    yield from _stages("scoring on one core, s", result["stages"])
    if floor := result.get("floor"):
        yield from _stages("floor, s", floor["stages"], median(floor["seconds"]))
    if peer := result.get("peer"):
        yield from _stages(f"peer, s for {peer['leads']:,} leads", peer["stages"], median(peer["seconds"]))
    yield from _by_size(result)
    if changed := result.get("incremental"):
        for name, words in (("changed", "1% changed, s"), ("one", "one changed, s")):
            yield from _stages(words, changed[name]["steps"], median(changed[name]["seconds"]))
    yield from _retrains(result["retrain"])


def _figures(result: Found) -> Iterator[str]:
    for name, limit in (AT_LEAST | AT_MOST).items():
        found, word = result[name], "at least" if name in AT_LEAST else "at most"
        if found is None:
            yield f"{name:24}   left out"
            continue
        reached = found >= limit if name in AT_LEAST else found <= limit
        yield f"{name:24}{found:>11.3f}   {word} {limit:g}: {'reached' if reached else 'missed'}"


def _stages(title: str, seconds: dict[str, float], total: float | None = None) -> Iterator[str]:
    yield f"\n{title:24}{'' if total is None else f'{total:11.2f}'}"
    for name, each in seconds.items():
        yield f"  {name:22}{each:11.2f}"


def _by_size(result: Found) -> Iterator[str]:
    yield f"\n{'leads':24}{'s a million':>11}{'GiB':>11}   commit, processor"
    for n, a_million in result["seconds_per_million"].items():
        each = result["by_size"][n]
        yield f"  {int(n):<22,}{a_million:>11.2f}{max(each['gib']):11.2f}   {each['commit']}, {each['machine']['cpu']}"


def _retrains(found: Found) -> Iterator[str]:
    yield f"\n{'retrain on closed leads':24}{'s':>11}{'GiB':>11}   commit, processor"
    for n, each in found.items():
        told = f"{each['commit']}, {each['machine']['cpu']}, {each['trials']} trials"
        yield f"  {int(n):<22,}{each['seconds']:>11,.0f}{each['gib']:11.2f}   {told}"


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text())))
