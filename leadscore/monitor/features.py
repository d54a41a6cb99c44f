"""Drift of the features: the leads that were scored of late, held against the profile of the training leads."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from leadscore.features.categories import MISSING, UNSEEN
from leadscore.features.profile import Counts, Profile, Spread
from leadscore.monitor.drift import js_distance, js_limit, psi, psi_limit, share_limit
from leadscore.monitor.measure import Measure
from leadscore.sections import Monitoring

OF_EACH, OF_CODES = ("psi", "js_distance", "null_share"), ("unseen_share",)
NO_PROFILE = "this model was trained before there were profiles: retrain"


@dataclass(frozen=True)
class Scored:
    """The leads that were scored in one run or in several: by feature, how many lie in each bin (k,)."""

    n_leads: int
    counts: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, parts: Iterable["Scored"], enough: float = math.inf) -> Self:
        """Those of all ``parts`` together, or of the first that have ``enough`` leads."""
        n_leads, counts = 0, dict[str, Counts]()
        for part in parts:
            n_leads += part.n_leads
            counts = {name: counts.get(name, 0) + np.array(each) for name, each in part.counts.items()}
            if n_leads >= enough:
                break
        return cls(n_leads, {name: each.tolist() for name, each in counts.items()})


def feature_measures(profile: Profile, scored: Scored, limits: Monitoring) -> Iterator[Measure]:
    """How each feature has drifted, or why that cannot be told."""
    if not profile.features:
        yield Measure.untold("psi", NO_PROFILE)
    for each in profile.features:
        if scored.n_leads < limits.min_leads:
            names = OF_EACH + OF_CODES if each.coded else OF_EACH
            yield from (Measure.untold(name, too_few(scored.n_leads, limits), each.name) for name in names)
        else:
            yield from _of(each, np.array(scored.counts[each.name]), limits)


def apart(
    names: tuple[str, str], present: Sequence[int], trained: Sequence[int], limits: Monitoring, feature: str = ""
) -> Iterator[Measure]:
    """Both distances of two histograms of leads (k,), under these ``names``."""
    index, distance = psi(present, trained), js_distance(present, trained)
    yield Measure.below(names[0], index, psi_limit(limits.max_psi, present, trained), feature)
    yield Measure.below(names[1], distance, js_limit(limits.max_js_distance, present, trained), feature)


def too_few(n_leads: int, limits: Monitoring) -> str:
    """Why scored leads do not tell."""
    days, least = limits.window_days, limits.min_leads
    return f"{n_leads:,} leads scored in {days:g} days are too few ({least:,} needed)"


def _of(trained: Spread, present: Counts, limits: Monitoring) -> Iterator[Measure]:
    n, m = int(present.sum()), sum(trained.counts)
    yield from apart(("psi", "js_distance"), present.tolist(), trained.counts, limits, trained.name)
    usual = share_limit(limits.max_null_rise, trained.counts[MISSING] / m, n, m)
    yield Measure.below("null_share", present[MISSING] / n, usual, trained.name)
    if trained.coded:
        yield _unseen(trained, present, limits)


def _unseen(trained: Spread, present: Counts, limits: Monitoring) -> Measure:
    """The share of unseen ones among the values that are there."""
    n, m = int(present[UNSEEN:].sum()), sum(trained.counts[UNSEEN:])
    if n < limits.min_leads or not m:
        reason = f"{n:,} values are too few ({limits.min_leads:,} needed)"
        return Measure.untold("unseen_share", reason, trained.name)
    usual = share_limit(limits.max_unseen_rise, trained.counts[UNSEEN] / m, n, m)
    return Measure.below("unseen_share", present[UNSEEN] / n, usual, trained.name)
