"""Accounts come back without any memory of the leads before."""

import numpy as np

from leadscore.sample.accounts import BUCKET, draw_accounts, stable_uniform


def test_returning_accounts_lie_in_the_past() -> None:
    rows = 5_000
    accounts = draw_accounts(np.random.default_rng(0), 1_000, np.full(rows, 0.5))
    assert (accounts <= 1_000 + np.arange(rows)).all()
    assert (accounts < 1_000).any()


def test_bucket_closes() -> None:
    accounts = draw_accounts(np.random.default_rng(0), 0, np.linspace(0, 1, 10_000))
    assert accounts[:6_999].min() == BUCKET
    assert accounts[7_000:].min() > BUCKET


def test_hashes_are_stable_and_even() -> None:
    keys = np.arange(-1_000, 100_000)
    uniform = stable_uniform(keys, 3)
    assert (uniform == stable_uniform(keys, 3)).all()
    assert (uniform != stable_uniform(keys, 4)).any()
    assert np.histogram(uniform, 10, (0, 1))[0].min() > 9_700
