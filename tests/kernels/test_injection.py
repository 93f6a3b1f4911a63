"""Noise put into labels: as much as asked for, where it was drawn, in any order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.injection import CONFUSED_SHARE, NOISES, injected, most_confusable
from tests.strategies import Dataset, datasets, noisy_blobs

BLOBS = noisy_blobs(0, n_rows=3000, n_classes=4, noise_rate=0.0, separation=2.5)
LABELS, PROBS = BLOBS.labels, BLOBS.pred_probs
KEYS = np.random.default_rng(1).integers(0, 2**63, len(LABELS)).astype(np.uint64)


@pytest.mark.parametrize("noise", NOISES)
@given(dataset=datasets(), share=st.floats(0.01, 0.5), seed=st.integers(0, 5))
def test_exactly_as_many_labels_change_as_were_asked_for(
    noise: str, dataset: Dataset, share: float, seed: int
) -> None:
    labels, pred_probs = dataset
    n_wrong = round(share * len(labels))
    before = labels.copy()
    keys = np.arange(len(labels), dtype=np.uint64)
    found = injected(noise, labels, pred_probs, keys, n_wrong=n_wrong, seed=seed)
    assert int(found.is_injected.sum()) == n_wrong
    assert np.array_equal(found.labels != labels, found.is_injected)
    assert set(found.labels.tolist()) <= set(labels.tolist())
    assert np.array_equal(labels, before)


@pytest.mark.parametrize("noise", NOISES)
def test_noise_belongs_to_the_rows_and_not_to_their_order(noise: str) -> None:
    shuffled = np.random.default_rng(2).permutation(len(LABELS))
    straight = injected(noise, LABELS, PROBS, KEYS, n_wrong=300, seed=3)
    mixed = injected(noise, LABELS[shuffled], PROBS[shuffled], KEYS[shuffled], n_wrong=300, seed=3)
    assert np.array_equal(mixed.labels, straight.labels[shuffled])


@pytest.mark.parametrize("noise", NOISES)
def test_another_seed_chooses_other_rows_and_the_same_one_the_same(noise: str) -> None:
    first, again, other = (
        injected(noise, LABELS, PROBS, KEYS, n_wrong=300, seed=seed).labels for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert (first != other).any()


def test_uniform_noise_spares_no_class_and_prefers_none() -> None:
    found = injected("uniform", LABELS, PROBS, KEYS, n_wrong=1500, seed=0)
    was, became = LABELS[found.is_injected], found.labels[found.is_injected]
    pairs = np.bincount(was * 4 + became, minlength=16).reshape(4, 4)
    off = pairs[~np.eye(4, dtype=bool)]
    assert off.min() > 0.6 * off.mean()
    assert off.max() < 1.4 * off.mean()


def test_class_noise_mostly_goes_to_the_most_confusable_class() -> None:
    found = injected("class-dependent", LABELS, PROBS, KEYS, n_wrong=1000, seed=0)
    was, became = LABELS[found.is_injected], found.labels[found.is_injected]
    share = float((most_confusable(LABELS, PROBS)[was] == became).mean())
    expected = CONFUSED_SHARE + (1 - CONFUSED_SHARE) / 3
    assert abs(share - expected) < 0.05


def test_class_noise_hits_the_classes_unevenly() -> None:
    found = injected("class-dependent", LABELS, PROBS, KEYS, n_wrong=600, seed=0)
    rates = np.array([found.is_injected[code == LABELS].mean() for code in range(4)])
    assert rates.max() > 1.2 * rates.min()
    assert rates.max() < 3.5 * rates.min()


def test_instance_noise_prefers_hard_rows_and_likely_classes() -> None:
    found = injected("instance-dependent", LABELS, PROBS, KEYS, n_wrong=300, seed=0)
    rows = np.flatnonzero(found.is_injected)
    settled = PROBS.argmax(axis=1) == LABELS
    assert settled[rows].all(), "a label that the model doubts may be wrong already"
    own = PROBS[np.arange(len(LABELS)), LABELS]
    assert own[rows].mean() < own[settled].mean()
    rivals = PROBS[rows].copy()
    rivals[np.arange(len(rows)), LABELS[rows]] = -1
    assert (rivals.argmax(axis=1) == found.labels[rows]).mean() > 0.45  # by chance 0.33


def test_instance_noise_goes_on_where_the_settled_rows_end() -> None:
    labels = np.array([0, 1, 1, 1])
    found = injected("instance-dependent", labels, np.full((4, 2), 0.5), KEYS[:4], n_wrong=3, seed=0)
    assert found.is_injected[0]  # the only row whose label is the most probable class
    assert int(found.is_injected.sum()) == 3


def test_classes_without_rows_are_not_given() -> None:
    labels = np.where(LABELS == 2, 0, LABELS)
    for noise in NOISES:
        assert 2 not in injected(noise, labels, PROBS, KEYS, n_wrong=500, seed=0).labels
