"""Every bad input that cleanlab answers with a silent wrong result: a clear error here, or the right answer.

The rows are those of SCORING.md, section 2. An error names its rule, file, column, row, line and the mend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import Audit, AuditOptions, DataError, InputOptions, UsageError
from labelaudit.errors import (
    ClassOrderError,
    ColumnNotFoundError,
    ColumnOrderError,
    EmptyDatasetError,
    IdError,
    InSampleError,
    LabelError,
    NoInformationError,
    NonFiniteError,
    OneClassError,
    ProbabilityError,
    ShapeError,
)
from tests.builders import (
    AS_CLEANLAB,
    FORMS,
    Sample,
    audit_of,
    audit_paths,
    codes_of,
    csv_wide,
    honest_sample,
    npy,
    number_lists,
    parquet_list,
    parquet_wide,
    rows_of,
    suspect_ids,
    write,
)
from tests.oracle import oracle
from tests.strategies import noisy_dataset, softmax

FloatMatrix = npt.NDArray[np.float64]

HONEST = honest_sample(0)
NUMBERED = HONEST.but(classes=("0", "1", "2"), labels=tuple(HONEST.codes.tolist()))
FOUR = honest_sample(1, classes=list("0123"), n_rows=400)
TEN = honest_sample(1, classes=[str(i) for i in range(10)], n_rows=1_000)
TWELVE = honest_sample(2, classes=[str(i) for i in range(12)], n_rows=600)
N = len(HONEST.ids)
LOGITS = 3 * np.log(HONEST.pred_probs) + np.random.default_rng(0).normal(5, 1, (N, 1))


def first_row(sample: Sample, label: Any) -> int:
    return sample.labels.index(label)


def relabelled(sample: Sample, change: Callable[[int], int]) -> Sample:
    """The sample with the number of every class changed."""
    return sample.but(labels=tuple(change(code) for code in sample.codes.tolist()))


def in_sample(sample: Sample, seed: int = 0) -> FloatMatrix:
    """Probabilities of a model that has seen the labels: unsure, and never in disagreement."""
    probs = np.random.default_rng(seed).uniform(0, 0.4, sample.pred_probs.shape)
    probs[np.arange(len(probs)), sample.codes] += 0.6
    return np.asarray(probs / probs.sum(axis=1, keepdims=True))


# --- refused ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A dataset with one thing wrong, and what the error must say."""

    sample: Sample
    error: type[DataError]
    says: str
    column: str | None = None
    row: int | None = None
    more: int = 0


PROBABILITY_FAULTS = {
    "one nan row in 50,000": Fault(
        sample=honest_sample(3, n_rows=50_000).with_probs({31_416: [0.2, np.nan, 0.8]}),
        error=NonFiniteError,
        says="is nan or missing\nhint: repair or drop these rows, or leave them out with --on-bad-row skip",
        column="prob_dog",
        row=31_416,
    ),
    "a nan row in every class": Fault(
        sample=TEN.with_probs({first_row(TEN, name): np.full(10, np.nan) for name in TEN.classes}),
        error=NonFiniteError,
        says="and 9 more rows",
        column="prob_0",
        row=0,
        more=9,
    ),
    "an infinity": Fault(
        sample=HONEST.with_probs({7: [0.5, 0.5, np.inf]}),
        error=NonFiniteError,
        says="is inf",
        column="prob_owl",
        row=7,
    ),
    "logits": Fault(
        sample=HONEST.but(pred_probs=LOGITS),
        error=ProbabilityError,
        says="look like logits .*softmax",
        column=f"prob_{HONEST.classes[LOGITS[0].argmin() if LOGITS[0].min() < 0 else LOGITS[0].argmax()]}",
        row=0,
        more=N - 1,
    ),
    "log-probabilities": Fault(
        sample=HONEST.but(pred_probs=np.log(HONEST.pred_probs)),
        error=ProbabilityError,
        says=r"look like log-probabilities: take exp\(\)",
        column=f"prob_{HONEST.classes[HONEST.pred_probs[0].argmin()]}",
        row=0,
        more=N - 1,
    ),
    "percentages": Fault(
        sample=HONEST.but(pred_probs=HONEST.pred_probs * 100),
        error=ProbabilityError,
        says="look like percentages: divide by 100",
        column=f"prob_{HONEST.classes[HONEST.pred_probs[0].argmax()]}",
        row=0,
        more=N - 1,
    ),
    "one-vs-rest sigmoids": Fault(
        sample=HONEST.but(pred_probs=1 / (1 + np.exp(-3 * HONEST.pred_probs))),
        error=ProbabilityError,
        says="look like one-vs-rest sigmoids .*normalise",
        column=f"prob_{HONEST.classes[HONEST.pred_probs[0].argmax()]}",
        row=0,
        more=N - 1,
    ),
    "rows that sum to a half": Fault(
        sample=HONEST.but(pred_probs=HONEST.pred_probs / 2),
        error=ProbabilityError,
        says="the row sums to 0.5, not to 1",
        column=f"prob_{HONEST.classes[HONEST.pred_probs[0].argmax()]}",
        row=0,
        more=N - 1,
    ),
    "a row that sums to three": Fault(
        sample=HONEST.with_probs({17: [1.0, 1.0, 1.0]}),
        error=ProbabilityError,
        says="the row sums to 3, not to 1",
        column="prob_cat",
        row=17,
    ),
    "a row of zeros": Fault(
        sample=HONEST.with_probs({17: [0.0, 0.0, 0.0]}),
        error=ProbabilityError,
        says="the row sums to 0, not to 1",
        column="prob_cat",
        row=17,
    ),
    "uniform rows": Fault(
        sample=HONEST.but(pred_probs=np.full((N, 3), 1 / 3)),
        error=NoInformationError,
        says="the most probable class is tied",
        column="prob_cat",
    ),
    "every row the class shares": Fault(
        sample=HONEST.but(pred_probs=np.tile(np.bincount(HONEST.codes) / N, (N, 1))),
        error=NoInformationError,
        says="every row has the same probabilities",
        column="prob_cat",
    ),
    "a constant predictor": Fault(
        sample=HONEST.but(pred_probs=np.tile([0.7, 0.2, 0.1], (N, 1))),
        error=NoInformationError,
        says="every row has the same probabilities",
        column="prob_cat",
    ),
    "always the same class": Fault(
        sample=HONEST.but(pred_probs=np.tile([1.0, 0.0, 0.0], (N, 1))),
        error=NoInformationError,
        says="every row has the same probabilities",
        column="prob_cat",
    ),
    "one-hot predictions": Fault(
        sample=HONEST.but(pred_probs=np.eye(3)[HONEST.pred_probs.argmax(axis=1)]),
        error=InSampleError,
        says="one-hot: these are predicted classes, not probabilities",
    ),
    "in-sample probabilities": Fault(
        sample=HONEST.but(pred_probs=in_sample(HONEST)),
        error=InSampleError,
        says="no label of 300 differs .* look in-sample\nhint: .*cross-validation",
    ),
    "two columns swapped": Fault(
        sample=HONEST.but(pred_probs=HONEST.pred_probs[:, [1, 0, 2]]),
        error=ColumnOrderError,
        says="columns look permuted: rows of 'cat' fit column 'dog', rows of 'dog' fit column 'cat'",
    ),
    "columns rotated": Fault(
        sample=TEN.but(pred_probs=np.roll(TEN.pred_probs, 1, axis=1)),
        error=ColumnOrderError,
        says="off by 1: .*and 7 more classes",
    ),
    "columns permuted": Fault(
        sample=TEN.but(pred_probs=TEN.pred_probs[:, [3, 9, 0, 7, 1, 8, 2, 5, 4, 6]]),
        error=ColumnOrderError,
        says="columns look permuted",
    ),
    "columns sorted as text": Fault(
        sample=TWELVE.but(pred_probs=TWELVE.pred_probs[:, sorted(range(12), key=str)]),
        error=ColumnOrderError,
        says="columns look permuted",
    ),
}

LABEL_FAULTS = {
    "labels off by one, round": Fault(
        sample=relabelled(TEN, lambda code: (code + 1) % 10),
        error=ColumnOrderError,
        says="labels and columns look off by 1: .*\nhint: check whether the labels count from 0 or from 1",
    ),
    "labels off by one, in range": Fault(
        sample=relabelled(TEN, lambda code: min(code + 1, 9)), error=ColumnOrderError, says="look off by 1"
    ),
    "labels off by one, the last class unused": Fault(
        sample=relabelled(TEN.take(TEN.codes < 9), lambda code: code + 1),
        error=ColumnOrderError,
        says="look off by 1",
    ),
    "labels off by one, of three classes": Fault(
        sample=relabelled(NUMBERED, lambda code: min(code + 1, 2)),
        error=ColumnOrderError,
        says="off by 1|permuted",
    ),
    "labels off by one, of four classes": Fault(
        sample=relabelled(FOUR.take(FOUR.codes < 3), lambda code: code + 1),
        error=ColumnOrderError,
        says="off by 1|permuted",
    ),
    "a label -1": Fault(
        sample=NUMBERED.with_labels({17: -1, 30: -1}),
        error=LabelError,
        says="'-1' is none of the 3 classes",
        column="label",
        row=17,
        more=1,
    ),
    "a label K": Fault(
        sample=NUMBERED.with_labels({17: 3}),
        error=LabelError,
        says="'3' is none of the 3 classes",
        column="label",
        row=17,
    ),
    "labels 1..K": Fault(
        sample=relabelled(NUMBERED, lambda code: code + 1),
        error=LabelError,
        says="'3' is none of the 3 classes .*\nhint: the labels run from 1 to 3: give --classes 1,2,...,3",
        column="label",
        row=first_row(NUMBERED, 2),
        more=NUMBERED.labels.count(2) - 1,
    ),
    "a missing label": Fault(
        sample=NUMBERED.with_labels({17: None, 18: None}),
        error=LabelError,
        says="the label is missing .*\nhint: .*leave them out with --on-missing-label skip",
        column="label",
        row=17,
        more=1,
    ),
    "a misspelt label": Fault(
        sample=HONEST.with_labels({17: "cart"}),
        error=LabelError,
        says="'cart' is none of the 3 classes",
        column="label",
        row=17,
    ),
    "one class only": Fault(
        sample=HONEST.take(HONEST.codes == 0), error=OneClassError, says="labels are 'cat'", column="label"
    ),
    "no rows": Fault(sample=HONEST.take(range(0)), error=EmptyDatasetError, says="there are no rows"),
    "every row twice": Fault(
        sample=HONEST.take([*range(N), *range(N)]),
        error=IdError,
        says="id 'r0' stands twice in the labels: also in .*, row 0 .and 299 more rows",
        column="id",
        row=N,
        more=N - 1,
    ),
    "the same row with two labels": Fault(
        sample=HONEST.take([*range(N), 5]).with_labels({N: "owl" if HONEST.labels[5] != "owl" else "cat"}),
        error=IdError,
        says="id 'r5' stands twice",
        column="id",
        row=N,
    ),
    "an id missing": Fault(
        sample=HONEST.but(ids=tuple(None if i in (4, 9) else id for i, id in enumerate(HONEST.ids))),
        error=IdError,
        says="the id is missing",
        column="id",
        row=4,
        more=1,
    ),
}


def assert_refused(
    fault: Fault, file: Path | None, column: str | None, lines_from: int | None, audit: Callable[[], Audit]
) -> None:
    """The audit is refused, and the error says what the fault says and where it is."""
    with pytest.raises(DataError) as caught:
        audit()
    error = caught.value
    assert type(error) is fault.error, error
    assert re.search(fault.says, str(error), re.DOTALL), error
    assert (error.column, error.row, error.more) == (column, fault.row, fault.more), error
    assert file is None or error.file == str(file), error
    assert error.line == (None if fault.row is None or lines_from is None else fault.row + lines_from), error
    assert error.hint


@pytest.mark.parametrize("name", PROBABILITY_FAULTS | LABEL_FAULTS)
def test_bad_parquet_is_refused_by_name(name: str, tmp_path: Path) -> None:
    fault = (PROBABILITY_FAULTS | LABEL_FAULTS)[name]
    written = parquet_wide(tmp_path, fault.sample)
    assert_refused(fault, written.paths[0], fault.column, None, lambda: audit_of(written))


@pytest.mark.parametrize("name", PROBABILITY_FAULTS | LABEL_FAULTS)
def test_bad_csv_is_refused_by_name_and_line(name: str, tmp_path: Path) -> None:
    fault = (PROBABILITY_FAULTS | LABEL_FAULTS)[name]
    written = csv_wide(tmp_path, fault.sample)
    assert_refused(fault, written.paths[0], fault.column, 2, lambda: audit_of(written))


@pytest.mark.parametrize("name", PROBABILITY_FAULTS)
def test_bad_array_is_refused_by_name(name: str, tmp_path: Path) -> None:
    fault = PROBABILITY_FAULTS[name]
    written = npy(tmp_path, fault.sample)
    column = "npy" if fault.column else None
    assert_refused(fault, written.paths[1], column, None, lambda: audit_of(written))


@pytest.mark.parametrize("name", PROBABILITY_FAULTS)
def test_bad_list_column_is_refused_by_name(name: str, tmp_path: Path) -> None:
    fault = PROBABILITY_FAULTS[name]
    written = parquet_list(tmp_path, fault.sample)
    column = "pred_probs" if fault.column else None
    assert_refused(fault, written.paths[0], column, None, lambda: audit_of(written))


@pytest.mark.parametrize("name", PROBABILITY_FAULTS | LABEL_FAULTS)
def test_validate_refuses_what_audit_refuses(name: str, tmp_path: Path) -> None:
    fault = (PROBABILITY_FAULTS | LABEL_FAULTS)[name]
    written = parquet_wide(tmp_path, fault.sample)
    with pytest.raises(fault.error), labelaudit.open_dataset(written.paths, written.options) as dataset:
        labelaudit.validate(dataset)


@pytest.mark.parametrize(("batch_rows", "workers"), [(7, 1), (7, 2), (1_000, 2)])
def test_first_bad_row_does_not_depend_on_batches_and_workers(
    tmp_path: Path, batch_rows: int, workers: int
) -> None:
    faulty = HONEST.with_probs({40: [0.5, 0.6, 0.7], 90: [np.nan, 0, 1], 200: [np.nan] * 3})
    written = parquet_wide(tmp_path, faulty)
    with pytest.raises(NonFiniteError) as caught:
        audit_of(written, batch_rows=batch_rows, workers=workers)
    assert (caught.value.row, caught.value.column, caught.value.more) == (90, "prob_cat", 1)


def test_row_of_zeros_is_not_taken_for_log_probabilities(tmp_path: Path) -> None:
    with pytest.raises(ProbabilityError) as caught:
        audit_of(parquet_wide(tmp_path, HONEST.with_probs({17: [0.0, 0.0, 0.0]})))
    assert "log" not in (caught.value.hint or "")


# --- shapes ------------------------------------------------------------------------------------------


def test_transposed_array_is_called_transposed(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", NUMBERED.labels_table())
    np.save(tmp_path / "pred_probs.npy", NUMBERED.pred_probs.T)
    for options in (InputOptions(), InputOptions(classes=NUMBERED.classes)):
        with pytest.raises(ShapeError) as caught:
            audit_paths(labels, tmp_path / "pred_probs.npy", options=options)
        assert "transposed" in (caught.value.hint or "")
        assert caught.value.file == str(tmp_path / "pred_probs.npy")


def test_array_of_another_length_is_refused(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", NUMBERED.labels_table())
    np.save(tmp_path / "pred_probs.npy", NUMBERED.pred_probs[:-1])
    with pytest.raises(ShapeError, match="299 rows of probabilities, but 300 labels") as caught:
        audit_paths(labels, tmp_path / "pred_probs.npy")
    assert caught.value.file == str(tmp_path / "pred_probs.npy")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_table_of_another_length_names_an_id_without_partner(tmp_path: Path, suffix: str) -> None:
    labels = write(tmp_path / f"labels{suffix}", HONEST.labels_table())
    probs = write(tmp_path / f"scored{suffix}", HONEST.take(range(N - 2)).probs_table())
    with pytest.raises(IdError, match="2 ids of the labels have no probabilities: 'r298', 'r299'") as caught:
        audit_paths(labels, probs)
    assert (caught.value.file, caught.value.column, caught.value.row) == (str(labels), "id", 298)
    assert caught.value.line == (300 if suffix == ".csv" else None)
    write(labels, HONEST.take(range(3, N)).labels_table())
    write(probs, HONEST.probs_table())
    with pytest.raises(IdError, match="3 ids of the probabilities have no label: 'r0', 'r1', 'r2'") as caught:
        audit_paths(labels, probs)
    assert (caught.value.file, caught.value.column, caught.value.row) == (str(probs), "id", 0)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_missing_id_beside_the_probabilities_is_named_by_row(tmp_path: Path, suffix: str) -> None:
    labels = write(tmp_path / f"labels{suffix}", HONEST.labels_table())
    without = HONEST.but(ids=tuple(None if i == 5 else id for i, id in enumerate(HONEST.ids)))
    probs = write(tmp_path / f"scored{suffix}", without.probs_table())
    with pytest.raises(IdError, match="missing") as caught:
        audit_paths(labels, probs)
    assert (caught.value.file, caught.value.column, caught.value.row) == (str(probs), "id", 5)


def test_lists_of_different_lengths_are_refused(tmp_path: Path) -> None:
    lists = HONEST.list_table()["pred_probs"].to_pylist()
    lists[17], lists[20] = lists[17][:2], [*lists[20], 0.0]
    table = HONEST.labels_table().append_column("pred_probs", pa.array(lists))
    for suffix in (".parquet", ".jsonl"):
        path = write(tmp_path / f"data{suffix}", table)
        with pytest.raises(ShapeError, match="the list has 2 numbers, the first row's has 3") as caught:
            audit_paths(path, options=InputOptions(classes=HONEST.classes))
        assert (caught.value.column, caught.value.row, caught.value.more) == ("pred_probs", 17, 1)


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
@pytest.mark.parametrize("row", [0, 17])
def test_missing_list_is_a_bad_row_that_can_be_skipped(tmp_path: Path, suffix: str, row: int) -> None:
    lists = HONEST.list_table()["pred_probs"].to_pylist()
    lists[row] = None
    path = write(
        tmp_path / f"data{suffix}", HONEST.labels_table().append_column("pred_probs", pa.array(lists))
    )
    options = InputOptions(classes=HONEST.classes)
    with pytest.raises(DataError) as caught:
        audit_paths(path, options=options)
    assert (caught.value.code, caught.value.row) == ("LA901", row)
    assert audit_paths(path, options=options, on_bad_row="skip").summary.n_rows == N - 1


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_null_within_a_list_is_named_by_row(tmp_path: Path, suffix: str) -> None:
    lists = HONEST.list_table()["pred_probs"].to_pylist()
    lists[17] = [None, 0.5, 0.5]
    path = write(
        tmp_path / f"data{suffix}", HONEST.labels_table().append_column("pred_probs", pa.array(lists))
    )
    with pytest.raises(NonFiniteError) as caught:
        audit_paths(path, options=InputOptions(classes=HONEST.classes))
    assert (caught.value.row, caught.value.line) == (17, 18 if suffix == ".jsonl" else None)


def test_one_probability_column_is_refused_with_a_hint_at_the_binary_option(tmp_path: Path) -> None:
    single = HONEST.labels_table().append_column("prob_cat", pa.array(HONEST.pred_probs[:, 0]))
    for suffix in (".parquet", ".csv"):
        with pytest.raises(ColumnNotFoundError) as caught:
            audit_paths(write(tmp_path / f"data{suffix}", single))
        assert "--positive-class" in (caught.value.hint or "")
    ones = HONEST.labels_table().append_column("pred_probs", number_lists(np.ones((N, 1))))
    with pytest.raises((OneClassError, ClassOrderError)):
        audit_paths(write(tmp_path / "list.parquet", ones))
    np.save(tmp_path / "ones.npy", np.ones((N, 1)))
    labels = write(tmp_path / "labels.csv", HONEST.labels_table().set_column(1, "label", pa.array(["0"] * N)))
    with pytest.raises(OneClassError) as caught_one:
        audit_paths(labels, tmp_path / "ones.npy")
    assert "--positive-class" in (caught_one.value.hint or "")


# --- labels of other types ---------------------------------------------------------------------------


def decisions(audit: Audit) -> list[tuple[bool, float]]:
    scores = audit.scores()
    return list(zip(scores["is_suspect"].to_pylist(), scores["label_quality"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def right_decisions(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bool, float]]:
    """What every way to write the honest labels must give."""
    expected = oracle(HONEST.codes, HONEST.pred_probs)
    found = decisions(audit_of(parquet_wide(tmp_path_factory.mktemp("honest"), HONEST), **AS_CLEANLAB))
    assert [flag for flag, _ in found] == expected.masks["prune-by-noise-rate"].tolist()
    return found


LABEL_TYPES = {
    "int64": pa.array(HONEST.codes),
    "int8": pa.array(HONEST.codes, pa.int8()),
    "float64": pa.array(HONEST.codes.astype(np.float64)),
    "float32": pa.array(HONEST.codes.astype(np.float32)),
    "text": pa.array([str(code) for code in HONEST.codes]),
    "binary": pa.array([str(code).encode() for code in HONEST.codes]),
    "large text": pa.array([str(code) for code in HONEST.codes], pa.large_string()),
    "dictionary of text": pa.array([str(code) for code in HONEST.codes]).dictionary_encode(),
    "dictionary of integers": pa.array(HONEST.codes).dictionary_encode(),
}


@pytest.mark.parametrize("kind", LABEL_TYPES)
def test_labels_of_any_type_are_understood(
    kind: str, tmp_path: Path, right_decisions: list[tuple[bool, float]]
) -> None:
    for name, table in (("wide", NUMBERED.table()), ("list", NUMBERED.list_table())):
        path = write(tmp_path / f"{name}.parquet", table.set_column(1, "label", LABEL_TYPES[kind]))
        assert decisions(audit_paths(path, **AS_CLEANLAB)) == right_decisions, name


@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_missing_number_among_float_labels_is_named(kind: str, tmp_path: Path) -> None:
    values = LABEL_TYPES[kind].to_numpy().copy()
    values[17] = np.nan
    for table in (NUMBERED.table(), NUMBERED.list_table()):
        path = write(tmp_path / "data.parquet", table.set_column(1, "label", pa.array(values)))
        with pytest.raises(LabelError, match="the label is missing") as caught:
            audit_paths(path)
        assert (caught.value.column, caught.value.row) == ("label", 17)


@pytest.mark.parametrize("text", ["2.0", "02", " 2", "[2]", "nan"])
def test_csv_label_that_is_not_written_like_its_class_is_refused(tmp_path: Path, text: str) -> None:
    """Text is taken as written: `02` is not `2`."""
    strange = NUMBERED.but(labels=tuple(map(str, NUMBERED.labels))).with_labels({17: text})
    with pytest.raises(LabelError, match=re.escape(f"'{text}' is none of the 3 classes")) as caught:
        audit_of(csv_wide(tmp_path, strange))
    assert (caught.value.row, caught.value.line) == (17, 19)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_labels_all_written_otherwise_than_their_classes_are_refused(tmp_path: Path, suffix: str) -> None:
    """Labels of shape (N, 1)."""
    labels = tuple([code] for code in HONEST.codes.tolist())
    path = write(tmp_path / f"data{suffix}", NUMBERED.but(labels=labels).table())
    with pytest.raises(ColumnNotFoundError, match="but the labels are") as caught:
        audit_paths(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_labels_that_are_all_floats_in_text_are_whole_numbers(tmp_path: Path, suffix: str) -> None:
    """What pandas writes once a label was missing."""
    floats = NUMBERED.but(labels=tuple(f"{code}.0" for code in HONEST.codes))
    path = write(tmp_path / f"data{suffix}", floats.table())
    assert suspect_ids(audit_paths(path)) == suspect_ids(audit_of(parquet_wide(tmp_path / "plain", NUMBERED)))


# --- labels and probabilities of different rows --------------------------------------------------------


def test_probabilities_of_shuffled_rows_are_refused(tmp_path: Path) -> None:
    shuffled = HONEST.pred_probs[np.random.default_rng(0).permutation(N)]
    with pytest.raises(NoInformationError, match="by chance"):
        audit_of(parquet_wide(tmp_path, HONEST.but(pred_probs=shuffled)))
    allowed = audit_of(parquet_wide(tmp_path, HONEST.but(pred_probs=shuffled)), allow=("LA909",))
    assert "LA909" in codes_of(allowed)


def test_two_classes_at_chance_are_a_notice(tmp_path: Path) -> None:
    two = honest_sample(6, classes=["neg", "pos"])
    shuffled = two.pred_probs[np.random.default_rng(0).permutation(len(two.ids))]
    assert "LA909" in codes_of(audit_of(parquet_wide(tmp_path, two.but(pred_probs=shuffled))))
    assert "LA909" not in codes_of(audit_of(parquet_wide(tmp_path, two)))


def test_a_sum_of_99_hundredths_is_renormalised(tmp_path: Path) -> None:
    result = audit_of(parquet_wide(tmp_path, HONEST.with_probs({3: [0.5, 0.3, 0.19]})))
    assert [(n.code, n.count) for n in result.summary.notices] == [("LA902", 1)]


def test_switching_off_the_only_flagging_rule_is_a_notice(tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, HONEST)
    assert "nothing-selected" in codes_of(audit_of(written, ignore=("LA102",)))
    assert "nothing-selected" not in codes_of(audit_of(written, ignore=("LA101",)))
    assert "nothing-selected" in codes_of(audit_of(written, ignore=("LA101",), **AS_CLEANLAB))


def test_column_of_shape_n_1_beside_an_array_is_refused(tmp_path: Path) -> None:
    labels = write(
        tmp_path / "labels.parquet", NUMBERED.but(labels=tuple([c] for c in NUMBERED.labels)).labels_table()
    )
    np.save(tmp_path / "pred_probs.npy", NUMBERED.pred_probs)
    with pytest.raises(ClassOrderError):
        audit_paths(labels, tmp_path / "pred_probs.npy")
    with pytest.raises(LabelError):
        audit_paths(labels, tmp_path / "pred_probs.npy", options=InputOptions(classes=NUMBERED.classes))


YES_NO = honest_sample(4, classes=["False", "True"])


@pytest.mark.parametrize("names", [("False", "True"), ("false", "true"), ("0", "1")])
def test_boolean_labels_find_their_columns(tmp_path: Path, names: tuple[str, str]) -> None:
    expected = decisions(audit_of(parquet_wide(tmp_path, YES_NO)))
    truths = YES_NO.but(labels=tuple(bool(code) for code in YES_NO.codes), classes=names)
    for suffix in (".parquet", ".jsonl", ".arrow"):
        assert decisions(audit_paths(write(tmp_path / f"data{suffix}", truths.table()))) == expected, suffix
    assert decisions(audit_paths(write(tmp_path / "data.parquet", truths.list_table()))) == expected


def test_boolean_labels_in_csv_are_text(tmp_path: Path) -> None:
    truths = YES_NO.but(labels=tuple(bool(code) for code in YES_NO.codes))
    expected = decisions(audit_of(parquet_wide(tmp_path, YES_NO)))
    assert decisions(audit_of(csv_wide(tmp_path, truths))) == expected
    with pytest.raises(ColumnNotFoundError, match=r"but the labels are '(True|False)'"):
        audit_of(csv_wide(tmp_path, truths.but(classes=("0", "1"))))


def test_text_labels_of_a_list_column_need_an_order(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", HONEST.list_table())
    with pytest.raises(ClassOrderError, match="nothing tells the order of the 3 probabilities") as caught:
        audit_paths(path)
    assert "--classes" in (caught.value.hint or "")
    assert (caught.value.file, caught.value.column) == (str(path), "pred_probs")


NATURAL = honest_sample(5, classes=["2", "10", "1"], n_rows=600)


@pytest.mark.parametrize("form", FORMS)
def test_class_names_are_never_sorted(tmp_path: Path, form: str) -> None:
    expected = oracle(NATURAL.codes, NATURAL.pred_probs)
    result = audit_of(FORMS[form](tmp_path, NATURAL), **AS_CLEANLAB)
    assert [row.name for row in result.classes] == ["2", "10", "1"]
    flags = [flag for flag, _ in decisions(result)]
    assert flags == expected.masks["prune-by-noise-rate"].tolist()


def test_numbers_that_are_no_positions_need_an_order_beside_an_array(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", NATURAL.labels_table())
    np.save(tmp_path / "pred_probs.npy", NATURAL.pred_probs)
    with pytest.raises(LabelError, match="'10' is none of the 3 classes"):
        audit_paths(labels, tmp_path / "pred_probs.npy")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("stray", [-1, 3])
def test_stray_number_among_labels_by_position_is_named(tmp_path: Path, suffix: str, stray: int) -> None:
    """Labels 0, 1, 2 over columns of other names go by position; -1 is often "no label"."""
    strange = NUMBERED.but(classes=HONEST.classes).with_labels({17: stray})
    with pytest.raises(DataError) as caught:
        audit_paths(write(tmp_path / f"data{suffix}", strange.table()))
    assert (caught.value.code, caught.value.column, caught.value.row) == ("LA905", "label", 17)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_stray_label_over_columns_named_like_the_classes_is_named(tmp_path: Path, suffix: str) -> None:
    strange = HONEST.with_labels({17: "cart"})
    with pytest.raises(DataError) as caught:
        audit_paths(write(tmp_path / f"data{suffix}", strange.table(prefix="")))
    assert (caught.value.code, caught.value.column, caught.value.row) == ("LA905", "label", 17)


# --- few rows, few classes -----------------------------------------------------------------------------


SCARCE = {
    "a class without rows": HONEST.take(HONEST.codes < 2),
    "a class with one row": HONEST.take(
        [*np.flatnonzero(HONEST.codes < 2), np.flatnonzero(HONEST.codes == 2)[0]]
    ),
    "fewer rows than classes": TEN.take([0, 1, 2, 3, 5]),
    "two rows": HONEST.take([first_row(HONEST, "cat"), first_row(HONEST, "dog")]),
}


@pytest.mark.parametrize("name", SCARCE)
@pytest.mark.parametrize("form", FORMS)
def test_scarce_data_gets_the_oracles_answer_and_a_notice(tmp_path: Path, name: str, form: str) -> None:
    sample = SCARCE[name]
    expected = oracle(sample.codes, sample.pred_probs)
    result = audit_of(FORMS[form](tmp_path, sample), **AS_CLEANLAB)
    assert "LA907" in codes_of(result)
    assert [flag for flag, _ in decisions(result)] == expected.masks["prune-by-noise-rate"].tolist()
    counts = np.bincount(sample.codes, minlength=len(sample.classes))
    assert [row.threshold is None for row in result.classes] == (counts == 0).tolist()
    alone = {sample.ids[i] for i in range(len(sample.ids)) if counts[sample.codes[i]] == 1}
    assert not alone & set(result.suspects_table()["id"].to_pylist())


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_copies_without_ids_are_judged_as_they_are(tmp_path: Path, suffix: str) -> None:
    twice = HONEST.take([*range(N), *range(N), 5]).with_labels({2 * N: "owl"})
    expected = oracle(twice.codes, twice.pred_probs)
    path = write(tmp_path / f"data{suffix}", twice.table().drop_columns(["id"]))
    result = audit_paths(path, **AS_CLEANLAB)
    assert [flag for flag, _ in decisions(result)] == expected.masks["prune-by-noise-rate"].tolist()
    assert len(set(result.scores()["fingerprint"].to_pylist())) == 2 * N + 1


# --- skipped -------------------------------------------------------------------------------------------


def assert_same_but_place(skipped: Audit, without: Audit) -> None:
    assert rows_of(skipped, "row", "line", "file") == rows_of(without, "row", "line", "file")
    assert (skipped.classes, skipped.joint) == (without.classes, without.joint)
    for name in ("n_rows", "n_suspects", "by_class", "by_rule", "by_split", "est_errors"):
        assert getattr(skipped.summary, name) == getattr(without.summary, name), name


SKIPPED_ROWS = ([31], [0, 31, 32, 299])


@pytest.mark.parametrize("rows", SKIPPED_ROWS, ids=str)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rank_by", ["fused", "self-confidence", "entropy"])
def test_skipping_bad_rows_gives_the_audit_without_them(
    tmp_path: Path, form: str, rows: Sequence[int], rank_by: str
) -> None:
    bad = [np.full(3, np.nan), [np.inf, 0, 0], [2.0, -1.0, 0.0], [0.2, 0.2, 0.2]]
    for name in ("all", "some"):
        (tmp_path / name).mkdir()
    faulty = HONEST.with_probs(dict(zip(rows, bad, strict=False)))
    skipped = audit_of(
        FORMS[form](tmp_path / "all", faulty), on_bad_row="skip", rank_by=rank_by, batch_rows=50
    )
    without = audit_of(
        FORMS[form](tmp_path / "some", HONEST.take(np.delete(np.arange(N), rows))), rank_by=rank_by
    )
    assert_same_but_place(skipped, without)
    counts = {notice.code: notice.count for notice in skipped.summary.notices}
    assert sum(counts[code] or 0 for code in counts if code in ("LA901", "LA902")) == len(rows)


@pytest.mark.parametrize("rows", SKIPPED_ROWS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_skipping_unlabelled_rows_gives_the_audit_without_them(
    tmp_path: Path, form: str, rows: Sequence[int]
) -> None:
    for name in ("all", "some"):
        (tmp_path / name).mkdir()
    faulty = HONEST.with_labels(dict(zip(rows, (None, "cart", None, "catt"), strict=False)))
    skipped = audit_of(
        FORMS[form](tmp_path / "all", faulty), on_missing_label="skip", workers=2, batch_rows=50
    )
    without = audit_of(FORMS[form](tmp_path / "some", HONEST.take(np.delete(np.arange(N), rows))))
    assert_same_but_place(skipped, without)
    assert [n.count for n in skipped.summary.notices if n.code == "LA905"] == [len(rows)]


@pytest.mark.parametrize("filter_by", ["both", "confident-learning", "low-normalized-margin"])
def test_skipping_rows_of_joined_splits_gives_the_audit_without_them(tmp_path: Path, filter_by: str) -> None:
    splits = np.array(["first", "second"])[np.arange(N) % 2]
    order = np.random.default_rng(0).permutation(N)
    faulty = HONEST.with_probs({31: [np.nan] * 3, 90: [0.9, 0.9, 0.9]}).with_labels({5: None, 90: None})
    kept = np.delete(np.arange(N), [5, 31, 90])
    results = []
    for name, sample, at, shuffled in (
        ("all", faulty, np.arange(N), order),
        ("some", HONEST.take(kept), kept, np.argsort(order[np.isin(order, kept)].argsort())),
    ):
        labels = sample.labels_table().append_column("split", pa.array(splits[at]))
        paths = (
            write(tmp_path / name / "labels.csv", labels),
            write(tmp_path / name / "scored.parquet", sample.take(shuffled).probs_table()),
        )
        how: dict[str, Any] = {"on_bad_row": "skip", "on_missing_label": "skip"} if name == "all" else {}
        results.append(audit_paths(*paths, filter=filter_by, per_split=True, **how))
    assert_same_but_place(*results)


def test_skipping_does_not_open_the_door_to_other_faults(tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, HONEST.with_probs({3: [np.nan] * 3}).with_labels({5: None}))
    with pytest.raises(NonFiniteError):
        audit_of(written, on_missing_label="skip")
    with pytest.raises(LabelError):
        audit_of(written, on_bad_row="skip")


def test_nothing_left_after_skipping_is_an_error(tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, HONEST.but(pred_probs=HONEST.pred_probs * 100))
    with pytest.raises(EmptyDatasetError, match="no row is left after skipping"):
        audit_of(written, on_bad_row="skip")


# --- embeddings ----------------------------------------------------------------------------------------

EMBEDDINGS = np.random.default_rng(0).normal(size=(N, 4))
EMBEDDINGS[9, 2] = np.nan


def with_embeddings(sample: Sample, form: str) -> pa.Table:
    table = sample.table()
    if form == "list":
        return table.append_column("embedding", number_lists(EMBEDDINGS))
    for i in range(4):
        table = table.append_column(f"emb_{i}", pa.array(EMBEDDINGS[:, i]))
    return table


@pytest.mark.parametrize(
    ("form", "suffix", "column"),
    [("list", ".parquet", "embedding"), ("wide", ".parquet", "emb_2"), ("wide", ".csv", "emb_2")],
)
def test_embedding_that_is_not_finite_is_named(tmp_path: Path, form: str, suffix: str, column: str) -> None:
    path = write(tmp_path / f"data{suffix}", with_embeddings(HONEST, form))
    with pytest.raises(NonFiniteError) as caught:
        audit_paths(path)
    assert (caught.value.file, caught.value.row) == (str(path), 9)
    assert caught.value.column == column


def test_row_with_a_bad_embedding_can_be_skipped(tmp_path: Path) -> None:
    table = with_embeddings(HONEST, "list")
    skipped = audit_paths(write(tmp_path / "all.parquet", table), on_bad_row="skip")
    without = audit_paths(write(tmp_path / "some.parquet", table.take(np.delete(np.arange(N), 9))))
    assert without.scores()["neighbor_agreement"].null_count == 0
    assert_same_but_place(skipped, without)


# --- allowed -------------------------------------------------------------------------------------------

ALLOWED = {
    "LA903": PROBABILITY_FAULTS["in-sample probabilities"].sample,
    "LA904": PROBABILITY_FAULTS["two columns swapped"].sample,
    "LA909": PROBABILITY_FAULTS["a constant predictor"].sample,
}


@pytest.mark.parametrize("code", ALLOWED)
def test_allowed_fault_becomes_a_notice_and_the_rows_are_judged_as_they_are(
    tmp_path: Path, code: str
) -> None:
    sample = ALLOWED[code]
    result = audit_of(parquet_wide(tmp_path, sample), allow=(code,), **AS_CLEANLAB)
    notices = [notice for notice in result.summary.notices if notice.code == code]
    assert any(notice.message.startswith("allowed: ") for notice in notices)
    expected = oracle(sample.codes, sample.pred_probs).masks["prune-by-noise-rate"]
    assert [flag for flag, _ in decisions(result)] == expected.tolist()
    assert code in result.summary.algorithm["allow"]


@pytest.mark.parametrize("code", ALLOWED)
def test_allowing_another_rule_does_not_help(tmp_path: Path, code: str) -> None:
    others = tuple(other for other in ALLOWED if other != code)
    with pytest.raises(DataError) as caught:
        audit_of(parquet_wide(tmp_path, ALLOWED[code]), allow=others)
    assert caught.value.code == code


def test_faults_of_single_rows_cannot_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        audit_of(parquet_wide(tmp_path, HONEST.with_probs({3: [np.nan] * 3})), allow=("LA901",))


def test_ignoring_a_rule_hides_its_notices_but_not_its_error(tmp_path: Path) -> None:
    scarce = SCARCE["a class without rows"]
    assert "LA907" not in codes_of(audit_of(parquet_wide(tmp_path, scarce), ignore=("LA907",)))
    with pytest.raises(InSampleError):
        audit_of(parquet_wide(tmp_path, ALLOWED["LA903"]), ignore=("LA903",))


# --- splits and files by themselves ---------------------------------------------------------------------


def shards_of(sample: Sample, pred_probs_of_second: FloatMatrix) -> list[Sample]:
    """Three stretches, the second with other probabilities."""
    stretches = np.array_split(np.arange(len(sample.ids)), 3)
    shards = [sample.take(at) for at in stretches]
    return [shards[0], shards[1].but(pred_probs=pred_probs_of_second[stretches[1]]), shards[2]]


HIDDEN = {
    "LA903": (InSampleError, in_sample(HONEST)),
    "LA904": (ColumnOrderError, HONEST.pred_probs[:, [1, 0, 2]]),
}


@pytest.mark.parametrize("code", HIDDEN)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_one_bad_file_of_three_is_found(tmp_path: Path, code: str, suffix: str) -> None:
    error, bad = HIDDEN[code]
    for i, shard in enumerate(shards_of(HONEST, bad)):
        write(tmp_path / "data" / f"part-{i}{suffix}", shard.table())
    with pytest.raises(error) as caught:
        audit_paths(tmp_path / "data")
    assert caught.value.file == str(tmp_path / "data" / f"part-1{suffix}")


@pytest.mark.parametrize("code", HIDDEN)
def test_one_bad_probability_file_of_three_is_found(tmp_path: Path, code: str) -> None:
    error, bad = HIDDEN[code]
    labels = write(tmp_path / "labels.csv", HONEST.labels_table())
    scored = [
        write(tmp_path / f"part-{i}.parquet", shard.probs_table())
        for i, shard in enumerate(shards_of(HONEST, bad))
    ]
    with pytest.raises(error) as caught:
        audit_paths(labels, *scored)
    assert caught.value.file == str(scored[1])


@pytest.mark.parametrize("code", HIDDEN)
@pytest.mark.parametrize("per_split", [False, True])
def test_one_bad_split_of_three_is_found(tmp_path: Path, code: str, per_split: bool) -> None:
    error, bad = HIDDEN[code]
    tables = [
        shard.table().append_column("split", pa.array([name] * len(shard.ids)))
        for name, shard in zip(("first", "second", "third"), shards_of(HONEST, bad), strict=True)
    ]
    path = write(tmp_path / "data.parquet", pa.concat_tables(tables))
    with pytest.raises(error) as caught:
        audit_paths(path, per_split=per_split)
    assert "split 'second'" in str(caught.value)


# --- weaker signs ----------------------------------------------------------------------------------------


def test_no_disagreement_without_expecting_any_is_a_notice(tmp_path: Path) -> None:
    certain = in_sample(HONEST)
    certain = certain**12 / (certain**12).sum(axis=1, keepdims=True)
    assert (1 - certain.max(axis=1)).sum() < 10
    result = audit_of(parquet_wide(tmp_path, HONEST.but(pred_probs=certain)))
    assert codes_of(result) == {"LA903"}
    assert result.summary.n_suspects == 0


# --- LA904 on many sets ----------------------------------------------------------------------------------


def honest_draw(seed: int) -> Sample:
    """Honest data of any kind: 2 to 20 classes, 0 to 40 % of the labels wrong, rare classes."""
    rng = np.random.default_rng(seed)
    n_classes = int(rng.integers(2, 21))
    labels, pred_probs = noisy_dataset(
        rng,
        n_rows=n_classes * int(rng.integers(15, 80)),
        n_classes=n_classes,
        noise_rate=float(rng.uniform(0.02, 0.4)),
        imbalance=float(rng.choice([0.0, 0.5, 1.5])),
        confidence=float(rng.uniform(1.0, 8.0)),
    )
    classes = tuple(f"class {i}" for i in range(n_classes))
    return Sample(
        ids=tuple(range(len(labels))),
        labels=tuple(classes[code] for code in labels),
        pred_probs=pred_probs,
        classes=classes,
    )


def looks_permuted(folder: Path, sample: Sample) -> bool:
    written = parquet_list(folder, sample)
    with labelaudit.open_dataset(written.paths, written.options) as dataset:
        try:
            found = labelaudit.validate(dataset, AuditOptions(allow=("LA903", "LA904")))
        except NoInformationError:  # so few labels fit that nothing seems to belong together
            return True
    return any(notice.code == "LA904" for notice in found.notices)


def test_honest_noisy_data_never_looks_permuted(tmp_path: Path) -> None:
    assert [seed for seed in range(100) if looks_permuted(tmp_path, honest_draw(seed))] == []


def test_rare_classes_taken_for_the_most_frequent_one_do_not_look_off_by_one(tmp_path: Path) -> None:
    """Honest, if weak: nearly every row is predicted as the second of three classes."""
    codes = np.repeat([0, 1, 2], [5, 4_000, 30])
    logits = np.random.default_rng(0).normal(size=(4_035, 3)) + np.array([0, 6, 0])
    logits[5:50, 0] += 9  # a few of the frequent class are not taken for it
    sample = Sample(
        ids=tuple(range(len(codes))),
        labels=tuple(HONEST.classes[code] for code in codes),
        pred_probs=softmax(logits),
        classes=HONEST.classes,
    )
    assert not looks_permuted(tmp_path, sample)


def test_swapped_columns_of_learnable_classes_are_nearly_always_found(tmp_path: Path) -> None:
    """Learnable: the model predicts the given label of three rows in four."""
    n_swapped, missed = 0, []
    for seed in range(200):
        sample = honest_draw(seed)
        codes, predicted = sample.codes, sample.pred_probs.argmax(axis=1)
        learnable = [
            c
            for c in range(len(sample.classes))
            if (codes == c).sum() >= 10 and (predicted[codes == c] == c).mean() >= 0.75
        ]
        if len(learnable) < 2:
            continue
        left, right = np.random.default_rng(seed).choice(learnable, 2, replace=False)
        swapped = sample.pred_probs.copy()
        swapped[:, [left, right]] = swapped[:, [right, left]]
        n_swapped += 1
        if not looks_permuted(tmp_path, sample.but(pred_probs=swapped)):
            missed.append(seed)
    assert n_swapped >= 60
    assert len(missed) <= 0.05 * n_swapped, missed


# --- small lapses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_lapse_of_a_published_file_is_renormalised_with_a_notice(tmp_path: Path, form: str) -> None:
    """The published IMDB probabilities have a maximum of 1.00001 and row sums of 1.00002."""
    two = honest_sample(6, classes=["neg", "pos"])
    lapsed = two.with_probs({0: [1.00001, 0.00001], 1: [0.00001, 1.00001], 2: [0.3, 0.7002], 3: [-5e-7, 1.0]})
    result = audit_of(FORMS[form](tmp_path, lapsed), rank_by="normalized-margin")
    assert [(n.code, n.count) for n in result.summary.notices] == [("LA902", 4)]
    clipped = np.clip(lapsed.pred_probs, 0, 1)
    clipped[:4] /= clipped[:4].sum(axis=1, keepdims=True)
    assert result.scores()["self_confidence"].to_pylist() == clipped[np.arange(N), two.codes].tolist()
    expected = oracle(two.codes, clipped)
    assert [flag for flag, _ in decisions(result)] == expected.masks["prune-by-noise-rate"].tolist()


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_lapse_of_a_single_column_is_mended_with_a_notice(tmp_path: Path, suffix: str) -> None:
    """One column with the probability of the positive class may be off by as much as one of two."""
    two = honest_sample(6, classes=["neg", "pos"])
    positive = two.pred_probs[:, 1].copy()
    positive[:2] = 1.00001, -5e-7
    table = two.labels_table().append_column("score", pa.array(positive))
    options = InputOptions(positive_class="pos")
    result = audit_paths(write(tmp_path / f"data{suffix}", table), options=options)
    assert [(n.code, n.count) for n in result.summary.notices] == [("LA902", 2)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_within_a_millionth_of_one_pass_bit_for_bit(
    tmp_path: Path, form: str, dtype: type[np.floating]
) -> None:
    nearly = HONEST.pred_probs * np.random.default_rng(0).uniform(1 - 8e-7, 1 + 8e-7, (N, 1))
    # A neighbour that needs a mend changes nothing in the other rows.
    nearly[12] = [0.2, 0.3, 0.502]
    probs = nearly.astype(dtype)
    result = audit_of(FORMS[form](tmp_path, HONEST.but(pred_probs=probs)), batch_rows=40)
    given = probs.astype(np.float64)[np.arange(N), HONEST.codes]
    others = np.arange(N) != 12
    assert (result.scores()["self_confidence"].to_numpy() == given)[others].all()
    assert [(n.code, n.count) for n in result.summary.notices] == [("LA902", 1)]


def test_softmax_in_single_precision_is_no_lapse(tmp_path: Path) -> None:
    logits = np.random.default_rng(0).normal(size=(500, 100)).astype(np.float32) * 4
    logits[np.arange(500), np.arange(500) % 100] += 8
    sample = Sample(
        ids=tuple(range(500)),
        labels=tuple(str(i) for i in (np.arange(500) + (np.arange(500) % 7 == 0)) % 100),
        pred_probs=softmax(logits),
        classes=tuple(str(i) for i in range(100)),
    )
    assert "LA902" not in codes_of(audit_of(parquet_list(tmp_path, sample)))


def test_validate_tells_the_notices_that_an_audit_tells(tmp_path: Path) -> None:
    numbered = HONEST.but(labels=tuple(HONEST.codes.tolist()))
    path = write(tmp_path / "data.parquet", numbered.table())
    with labelaudit.open_dataset([path]) as dataset:
        told = {notice.code for notice in labelaudit.validate(dataset).notices}
    assert "labels-by-position" in told
    assert told == codes_of(audit_paths(path))


def test_a_file_that_loses_rows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", HONEST.table())
    with labelaudit.open_dataset([path]) as dataset:
        write(path, HONEST.take(range(N - 10)).table())
        with pytest.raises(ShapeError, match="were read"):
            labelaudit.audit(dataset)
