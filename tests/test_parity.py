"""The same answers as cleanlab: joints, thresholds, scores and the masks of every filter.

The oracle is cleanlab with a stable argsort. Where plain cleanlab differs, each row is shown to be a tie.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cleanlab.count
import cleanlab.filter
import cleanlab.rank
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import labelaudit
from labelaudit import AuditOptions, InputOptions
from labelaudit.confident_learning import learn
from labelaudit.door import admit
from labelaudit.errors import ConfigError
from labelaudit.executors import executor
from labelaudit.kernels.clean import clean_rows
from labelaudit.types import ConfidentJoint, no_progress
from tests.builders import (
    AS_CLEANLAB,
    Sample,
    audit_of,
    audit_paths,
    honest_sample,
    joined,
    parquet_wide,
    quality_of,
    streamed,
    write,
)
from tests.conftest import SHARED_DATA
from tests.oracle import (
    FILTERS,
    SCORES,
    OracleResult,
    oracle,
    paper_confident_joint,
    plain_masks,
    silence,
    stable_cleanlab,
)
from tests.strategies import noisy_dataset, random_dataset

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
FloatMatrix = npt.NDArray[np.float64]
RecordProperty = Callable[[str, object], None]

PUBLISHED = ("20news-test", "cifar10-test", "cifar10n-agg-resnet18", "cifar10s-efficientnet")
WITH_FEATURES = (
    "adult",
    "banking77",
    "c_digits",
    "c_irony",
    "cifar10n",
    "dry_bean",
    "hausa_distant",
    "mammography",
    "noisyag",
    "rna_lf",
    "tweet_emotion",
)
REAL = PUBLISHED + WITH_FEATURES
SEEDS = range(200)
COUNTS = {
    "20news-test": {"prune-by-noise-rate": 95, "confident-learning": 55, "predicted-neq-given": 577},
    "cifar10-test": {"prune-by-noise-rate": 284, "confident-learning": 244, "predicted-neq-given": 706},
}
"""Flags that cleanlab 2.9 finds in its own published files."""

# --- the data, read without labelaudit ----------------------------------------------------------


def paths_of(name: str) -> list[Path]:
    if name in PUBLISHED:
        return [SHARED_DATA / "probabilities" / name / f"{part}.parquet" for part in ("labels", "pred_probs")]
    return [SHARED_DATA / "features" / name / "data.parquet"]


@cache
def real_dataset(name: str) -> tuple[IntArray, FloatMatrix, list[str]]:
    """Labels, probabilities as float64 and class names of one of the shared sets."""
    if name in WITH_FEATURES:
        table = pq.read_table(paths_of(name)[0], columns=["given_label", "pred_probs"])
        matrix = np.array(table["pred_probs"].to_pylist(), dtype=np.float64)
        return (
            table["given_label"].to_numpy().astype(np.int64),
            matrix,
            [str(i) for i in range(matrix.shape[1])],
        )
    labels, probs = (pq.read_table(path) for path in paths_of(name))
    classes = probs.column_names[1:]
    codes = np.array([classes.index(label) for label in labels["label"].to_pylist()], dtype=np.int64)
    assert labels["id"] == probs["id"]
    return codes, np.column_stack([probs[c].to_numpy() for c in classes]).astype(np.float64), classes


@cache
def expected_real(name: str) -> OracleResult:
    labels, pred_probs, _ = real_dataset(name)
    return oracle(labels, pred_probs)


@cache
def drawn_dataset(seed: int) -> tuple[IntArray, FloatMatrix]:
    labels, pred_probs = random_dataset(seed)
    return labels, clean_rows(pred_probs).pred_probs.astype(np.float64)


@cache
def expected_drawn(seed: int) -> OracleResult:
    return oracle(*drawn_dataset(seed))


def random_cuts(seed: int, n_rows: int) -> list[int]:
    """A few rows to cut at: batches from one row to all of them."""
    rng = np.random.default_rng(seed)
    return sorted(set(rng.integers(1, n_rows, rng.integers(0, 6)).tolist()))


# --- comparisons -------------------------------------------------------------------------------


def assert_same_joint(joint: ConfidentJoint, labels: IntArray, expected: OracleResult) -> None:
    np.testing.assert_array_equal(joint.raw, expected.raw_confident_joint)
    np.testing.assert_array_equal(joint.calibrated, expected.confident_joint)
    np.testing.assert_allclose(joint.joint, expected.joint, rtol=0, atol=1e-12)
    np.testing.assert_allclose(joint.noise_matrix, expected.noise_matrix, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        joint.inverse_noise_matrix, expected.inverse_noise_matrix.T, rtol=0, atol=1e-12
    )
    present = np.unique(labels)
    np.testing.assert_allclose(joint.thresholds[present], expected.thresholds[present], rtol=0, atol=1e-9)


def exact_entropy_scores(labels: IntArray, pred_probs: FloatMatrix) -> FloatArray:
    """cleanlab's confidence-weighted entropy, log(1 + x) / x, with log1p for its log(x + 1)."""
    logs = np.log(pred_probs, where=pred_probs > 0, out=np.zeros_like(pred_probs))
    entropy = -(pred_probs * logs).sum(axis=1) / np.log(pred_probs.shape[1])
    ratio = np.maximum(entropy, 0) / np.maximum(pred_probs[np.arange(len(labels)), labels], 1e-6)
    return np.where(ratio > 0, np.log1p(ratio) / np.where(ratio > 0, ratio, 1), 1.0)


def assert_same_scores(rank_by: str, scores: FloatArray, labels: IntArray, pred_probs: FloatMatrix) -> None:
    if rank_by == "entropy":
        np.testing.assert_allclose(scores, exact_entropy_scores(labels, pred_probs), rtol=0, atol=1e-9)
    else:
        expected = cleanlab.rank.get_label_quality_scores(labels, pred_probs, method=SCORES[rank_by])
        np.testing.assert_array_equal(scores, expected)


# --- real data, through the files ----------------------------------------------------------------


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REAL)
def test_masks_of_real_data_are_those_of_the_oracle(name: str) -> None:
    expected = expected_real(name)
    with labelaudit.open_dataset(paths_of(name)) as dataset:
        for filter_by in FILTERS:
            result = labelaudit.audit(dataset, AuditOptions(filter=filter_by, **AS_CLEANLAB))
            flagged = result.scores()["is_suspect"].to_numpy()
            np.testing.assert_array_equal(flagged, expected.masks[filter_by], err_msg=filter_by)
            assert result.summary.n_suspects == expected.masks[filter_by].sum()
            if filter_by in COUNTS.get(name, {}):
                assert result.summary.n_suspects == COUNTS[name][filter_by]


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REAL)
def test_joint_of_real_data_is_that_of_the_oracle(name: str) -> None:
    labels, _, classes = real_dataset(name)
    with labelaudit.open_dataset(paths_of(name)) as dataset:
        workers = executor(2)
        rows = admit(dataset, AuditOptions(), workers, no_progress)
        parts = dataset.probability_parts(rows.codes)
        learned = learn(rows, parts, len(classes), AuditOptions(), workers, no_progress)
    assert_same_joint(learned.joints[0], labels, expected_real(name))


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REAL)
def test_tables_of_an_audit_hold_the_oracles_joint_and_thresholds(name: str) -> None:
    labels, _, classes = real_dataset(name)
    expected = expected_real(name)
    result = audit_paths(*paths_of(name), **AS_CLEANLAB)
    cells = [(classes.index(c.given_label), classes.index(c.true_label)) for c in result.joint]
    assert cells == [tuple(cell) for cell in np.argwhere(expected.confident_joint > 0).tolist()]
    for (i, j), cell in zip(cells, result.joint, strict=True):
        assert cell.count == expected.confident_joint[i, j]
        assert cell.joint_prob == pytest.approx(expected.joint[i, j], rel=0, abs=1e-12)
        assert cell.noise_prob == pytest.approx(expected.noise_matrix[i, j], rel=0, abs=1e-12)
        assert cell.inverse_noise_prob == pytest.approx(expected.inverse_noise_matrix[j, i], rel=0, abs=1e-12)
    assert [row.name for row in result.classes] == classes
    assert [row.n for row in result.classes] == np.bincount(labels, minlength=len(classes)).tolist()
    thresholds = [row.threshold for row in result.classes]
    np.testing.assert_allclose(thresholds, expected.thresholds, rtol=0, atol=1e-9)


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("rank_by", SCORES)
def test_scores_of_real_data_are_cleanlabs(name: str, rank_by: str) -> None:
    labels, pred_probs, _ = real_dataset(name)
    result = audit_paths(*paths_of(name), rank_by=rank_by)
    assert_same_scores(rank_by, result.scores()["label_quality"].to_numpy(), labels, pred_probs)


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", ["20news-test", "cifar10-test"])
def test_paper_rule_on_real_data_gives_the_reference_joint(name: str) -> None:
    labels, pred_probs, _ = real_dataset(name)
    counted = paper_confident_joint(labels, pred_probs, expected_real(name).thresholds)
    with stable_cleanlab(), silence():
        calibrated = cleanlab.count.calibrate_confident_joint(np.asfortranarray(counted), labels)
        masks = {f: masks_given_joint(labels, pred_probs, calibrated, f) for f in PRUNING}
    for filter_by, mask in masks.items():
        result = audit_paths(*paths_of(name), collision="paper", filter=filter_by, **AS_CLEANLAB)
        np.testing.assert_array_equal(result.scores()["is_suspect"].to_numpy(), mask, err_msg=filter_by)
        assert [cell.count for cell in result.joint] == calibrated[calibrated > 0].tolist()


PRUNING = ("prune-by-noise-rate", "prune-by-class", "both")


def masks_given_joint(
    labels: IntArray, pred_probs: FloatMatrix, confident_joint: IntArray, filter_by: str
) -> BoolArray:
    """cleanlab's mask with a joint that was counted elsewhere."""
    return np.asarray(
        cleanlab.filter.find_label_issues(
            labels, pred_probs, filter_by=FILTERS[filter_by], confident_joint=confident_joint, n_jobs=1
        )
    )


# --- random data, through the passes -------------------------------------------------------------


@pytest.mark.parametrize("seeds", np.array_split(SEEDS, 10), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_random_data_in_any_batches_is_judged_as_by_the_oracle(seeds: IntArray) -> None:
    for seed in seeds.tolist():
        labels, pred_probs = drawn_dataset(seed)
        expected = expected_drawn(seed)
        cuts = random_cuts(seed, len(labels))
        for i, (filter_by, rank_by) in enumerate(zip(FILTERS, itertools.cycle(SCORES), strict=False)):
            learned = streamed(
                labels, pred_probs, cuts=cuts, workers=1 + i % 2, filter=filter_by, rank_by=rank_by
            )
            mask = expected.masks[filter_by]
            np.testing.assert_array_equal(learned.flagged, mask, err_msg=f"seed {seed}, {filter_by}")
        for i, rank_by in enumerate(SCORES):
            scores = quality_of(labels, pred_probs, cuts=cuts, workers=1 + i % 2, rank_by=rank_by)
            assert_same_scores(rank_by, scores, labels, pred_probs)
        assert_same_joint(learned.joints[0], labels, expected)


@pytest.mark.parametrize("seeds", np.array_split(SEEDS, 4), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_paper_rule_on_random_data_gives_the_reference_joint(seeds: IntArray) -> None:
    for seed in seeds.tolist():
        labels, pred_probs = drawn_dataset(seed)
        expected = paper_confident_joint(labels, pred_probs, expected_drawn(seed).thresholds)
        learned = streamed(labels, pred_probs, cuts=random_cuts(seed, len(labels)), collision="paper")
        np.testing.assert_array_equal(learned.joints[0].raw, expected, err_msg=f"seed {seed}")


@pytest.mark.parametrize("n_classes", [127, 128, 300])
def test_many_classes_are_judged_as_by_the_oracle(n_classes: int) -> None:
    """Class numbers outgrow a byte at 128."""
    rng = np.random.default_rng(n_classes)
    labels, pred_probs = noisy_dataset(rng, n_rows=4000, n_classes=n_classes, noise_rate=0.2, confidence=6)
    expected = oracle(labels, pred_probs)
    for filter_by, mask in expected.masks.items():
        learned = streamed(labels, pred_probs, cuts=[1, 1700], workers=2, filter=filter_by)
        np.testing.assert_array_equal(learned.flagged, mask, err_msg=filter_by)
    assert_same_joint(learned.joints[0], labels, expected)


# --- plain cleanlab ------------------------------------------------------------------------------


def cut_bounds(
    labels: IntArray, pred_probs: FloatMatrix, confident_joint: IntArray, filter_by: str
) -> tuple[BoolArray, BoolArray]:
    """Rows flagged however ties at a cut fall, and rows flagged in some case.

    Args:
        labels: (N,).
        pred_probs: (N, K).
        confident_joint: (K, K) calibrated.
        filter_by: one of PRUNING.
    """
    if filter_by == "both":
        bounds = [cut_bounds(labels, pred_probs, confident_joint, f) for f in PRUNING[:2]]
        return bounds[0][0] & bounds[1][0], bounds[0][1] & bounds[1][1]
    prune_counts = cleanlab.filter._keep_at_least_n_per_class(confident_joint.T, 1).T
    certain, possible = np.zeros((2, len(labels)), dtype=bool)
    for given in np.unique(labels):
        rows = np.flatnonzero(labels == given)
        probs = pred_probs[rows]
        if filter_by == "prune-by-class":
            choices = [(-probs[:, given], len(rows) - prune_counts[given, given])]
        else:
            others = [j for j in range(pred_probs.shape[1]) if j != given]
            choices = [(probs[:, j] - probs[:, given], prune_counts[given, j]) for j in others]
        for wanted, n in choices if len(rows) > 1 else []:
            if n > 0:
                cut = np.sort(wanted)[::-1][min(n, len(rows)) - 1]
                certain[rows] |= (wanted > cut) | ((wanted == cut) & ((wanted >= cut).sum() <= n))
                possible[rows] |= wanted >= cut
    raised = pred_probs.copy()
    raised[np.arange(len(labels)), labels] += 1e-6
    stands = raised.argmax(axis=1) == labels
    return certain & ~stands, possible & ~stands


def assert_differ_by_equal_remainders(
    left: IntArray, right: IntArray, labels: IntArray, raw: IntArray
) -> None:
    """Two roundings of one joint are both right when the cells they chose have equal remainders."""
    counts = np.bincount(labels, minlength=len(raw))
    scaled = (raw.T / np.clip(raw.sum(axis=1), 1e-100, None) * counts).T
    scaled = scaled / np.clip(np.sum(scaled), 1e-100, None) * counts.sum()
    remainders = scaled - scaled.round()
    for row in np.flatnonzero((left != right).any(axis=1)):
        more, less = remainders[row][left[row] > right[row]], remainders[row][left[row] < right[row]]
        np.testing.assert_array_equal(np.sort(more), np.sort(less), err_msg=f"given class {row}")


def tied_rows(labels: IntArray, pred_probs: FloatMatrix, expected: OracleResult) -> dict[str, int]:
    """How many rows plain cleanlab decides otherwise, by filter; asserts that each is a tie."""
    with silence():
        plain_joint = cleanlab.count.compute_confident_joint(labels, pred_probs, calibrate=True)
    assert_differ_by_equal_remainders(
        plain_joint, expected.confident_joint, labels, expected.raw_confident_joint
    )
    differing = {}
    for filter_by, plain in plain_masks(labels, pred_probs).items():
        mask = expected.masks[filter_by]
        differing[filter_by] = int((plain != mask).sum())
        if filter_by in PRUNING:
            for flags, confident_joint in ((plain, plain_joint), (mask, expected.confident_joint)):
                certain, possible = cut_bounds(labels, pred_probs, confident_joint, filter_by)
                assert not (certain & ~flags).any(), filter_by
                assert not (flags & ~possible).any(), filter_by
        elif filter_by.startswith("low-"):
            scores = expected.scores[filter_by.removeprefix("low-")]
            assert len(set(scores[plain != mask])) <= 1, "all are at the cut"
            assert plain.sum() == mask.sum()
        else:
            np.testing.assert_array_equal(plain, mask, err_msg=filter_by)  # no sorting, no ties
    return {name: n for name, n in differing.items() if n}


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REAL)
def test_rows_of_real_data_that_plain_cleanlab_decides_otherwise_are_ties(
    name: str, record_property: RecordProperty
) -> None:
    labels, pred_probs, _ = real_dataset(name)
    record_property(f"rows differing in {name}", tied_rows(labels, pred_probs, expected_real(name)))


@pytest.mark.parametrize("seeds", np.array_split(SEEDS, 10), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_rows_of_random_data_that_plain_cleanlab_decides_otherwise_are_ties(
    seeds: IntArray, record_property: RecordProperty
) -> None:
    for seed in seeds.tolist():
        differing = tied_rows(*drawn_dataset(seed), expected_drawn(seed))
        if differing:
            record_property(f"rows differing in random set {seed}", differing)


# --- cleanlab as the backend ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Path]:
    sample = honest_sample(5, classes=["a", "b", "c", "d"], n_rows=500, noise_rate=0.2)
    return sample, parquet_wide(tmp_path_factory.mktemp("noisy"), sample).paths[0]


@pytest.mark.parametrize("filter_by", FILTERS)
def test_cleanlab_backend_gives_cleanlabs_own_mask(noisy: tuple[Sample, Path], filter_by: str) -> None:
    sample, path = noisy
    result = audit_paths(path, backend="cleanlab", filter=filter_by)
    expected = plain_masks(sample.codes, sample.pred_probs)[filter_by]
    np.testing.assert_array_equal(result.scores()["is_suspect"].to_numpy(), expected)


@pytest.mark.parametrize("rank_by", SCORES)
def test_cleanlab_backend_gives_cleanlabs_own_scores(noisy: tuple[Sample, Path], rank_by: str) -> None:
    sample, path = noisy
    result = audit_paths(path, backend="cleanlab", rank_by=rank_by)
    expected = cleanlab.rank.get_label_quality_scores(sample.codes, sample.pred_probs, method=SCORES[rank_by])
    np.testing.assert_array_equal(result.scores()["label_quality"].to_numpy(), expected)
    assert result.summary.algorithm["backend"] == "cleanlab"


def test_a_score_asked_for_beside_cleanlabs_is_its_own(noisy: tuple[Sample, Path]) -> None:
    sample, path = noisy
    scores = audit_paths(path, backend="cleanlab", scorers=tuple(SCORES)).scores()
    assert scores["score_self_confidence"] == scores["label_quality"]
    for name in SCORES:
        found = scores[f"score_{name.replace('-', '_')}"].to_numpy()
        assert_same_scores(name, found, sample.codes, sample.pred_probs)


def test_both_backends_agree_where_nothing_is_tied(noisy: tuple[Sample, Path]) -> None:
    ours, theirs = (audit_paths(noisy[1], backend=b, **AS_CLEANLAB) for b in ("stream", "cleanlab"))
    assert ours.scores() == theirs.scores()
    assert [cell.count for cell in ours.joint] == [cell.count for cell in theirs.joint]
    for mine, reference in zip(ours.classes, theirs.classes, strict=True):
        assert mine.threshold == pytest.approx(reference.threshold, rel=0, abs=1e-9)


def test_cleanlab_backend_has_no_paper_rule(noisy: tuple[Sample, Path]) -> None:
    with pytest.raises(ConfigError, match="collision"):
        audit_paths(noisy[1], backend="cleanlab", collision="paper")


# --- splits ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def in_splits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Path]]:
    """One file with a split column, and each split as a file of its own."""
    folder = tmp_path_factory.mktemp("splits")
    sample = honest_sample(6, classes=["a", "b", "c", "d"], n_rows=700, noise_rate=0.2)
    splits = np.array(["first", "second", "third"])[
        np.random.default_rng(6).choice(3, 700, p=[0.5, 0.3, 0.2])
    ]
    table = joined(sample.table(), pa.table({"split": splits}))
    alone = {
        name: write(folder / name / "data.parquet", table.filter(splits == name)) for name in set(splits)
    }
    return write(folder / "data.parquet", table), alone


@pytest.mark.parametrize("filter_by", FILTERS)
def test_per_split_equals_each_split_alone(in_splits: tuple[Path, dict[str, Path]], filter_by: str) -> None:
    path, alone = in_splits
    together = audit_paths(path, per_split=True, filter=filter_by, **AS_CLEANLAB)
    scores = together.scores()
    for split, file in alone.items():
        by_itself = audit_paths(file, filter=filter_by, **AS_CLEANLAB)
        here = scores.filter(pa.array([name == split for name in scores["split"].to_pylist()]))
        for column in ("id", "is_suspect", "label_quality", "suggested_label", "fingerprint"):
            assert here[column].to_pylist() == by_itself.scores()[column].to_pylist(), column
        own_rows = [row for row in together.classes if row.split == split]
        for mine, expected in zip(own_rows, by_itself.classes, strict=True):
            assert (mine.name, mine.n, mine.threshold) == (expected.name, expected.n, expected.threshold)
            assert mine.suspects == expected.suspects
        own_cells = [(c.given_label, c.true_label, c.count) for c in together.joint if c.split == split]
        assert own_cells == [(c.given_label, c.true_label, c.count) for c in by_itself.joint]


def test_per_split_differs_from_one_joint_for_all(in_splits: tuple[Path, dict[str, Path]]) -> None:
    path, _ = in_splits
    one, many = audit_paths(path), audit_paths(path, per_split=True)
    assert {row.split for row in one.classes} == {None}
    assert {row.split for row in many.classes} == {"first", "second", "third"}
    assert one.classes[0].threshold not in {row.threshold for row in many.classes}


def test_per_split_works_with_cleanlab_as_the_backend(in_splits: tuple[Path, dict[str, Path]]) -> None:
    path, _ = in_splits
    ours, theirs = (
        audit_paths(path, per_split=True, backend=b, **AS_CLEANLAB) for b in ("stream", "cleanlab")
    )
    assert ours.scores() == theirs.scores()


def test_data_of_one_split_is_audited_alike_with_and_without_per_split(tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, honest_sample(7))
    assert audit_of(written).scores() == audit_of(written, per_split=True).scores()


def test_labels_by_position_are_judged_like_named_ones(tmp_path: Path) -> None:
    sample = honest_sample(8)
    named = audit_of(parquet_wide(tmp_path / "named", sample))
    numbered = sample.but(labels=tuple(sample.codes.tolist()))
    path = write(tmp_path / "numbered" / "data.parquet", numbered.list_table())
    result = audit_paths(path, options=InputOptions(classes=PETS_BY_NUMBER))
    assert result.scores()["is_suspect"] == named.scores()["is_suspect"]


PETS_BY_NUMBER = ("0", "1", "2")
