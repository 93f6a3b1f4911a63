"""Out-of-fold probabilities of datasets: what they are made from, and what reaches them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import InputOptions, Predictions, PredictOptions
from labelaudit.errors import (
    ColumnNotFoundError,
    ConfigError,
    InSampleError,
    NoInformationError,
    NonFiniteError,
    OneClassError,
    PredictionError,
    UsageError,
)
from labelaudit.predicting import with_predictions
from labelaudit.prediction_files import WRITERS, write_predictions
from labelaudit.prediction_inputs import source_of
from tests.builders import audit_paths, number_lists, suspect_ids, write
from tests.strategies import noisy_blobs

N = 150
BLOBS = noisy_blobs(0, n_rows=N, n_classes=3, noise_rate=0.1, separation=4.0)
NAMES = ("cat", "dog", "owl")
LABELS = [NAMES[code] for code in BLOBS.labels]
POINTS = BLOBS.embeddings.astype(np.float32)
SAYS = {"cat": "it purrs and hunts mice", "dog": "it barks at the postman", "owl": "it hoots in the dark"}
TEXTS = [f"animal {i % 17}: {SAYS[NAMES[code]]}, number {i}" for i, code in enumerate(BLOBS.true_labels)]


def table_of(**columns: Any) -> pa.Table:
    return pa.table({"id": [f"r{i}" for i in range(N)], "label": LABELS, **columns})


def embedded(labels: list[Any] = LABELS, **columns: Any) -> pa.Table:
    table = table_of(embedding=number_lists(POINTS), **columns)
    return table.set_column(1, "label", pa.array(labels))


def measured(**columns: Any) -> pa.Table:
    return table_of(width=POINTS[:, 0], height=POINTS[:, 1], **columns)


def predictions(*paths: Path, options: InputOptions | None = None, **how: Any) -> Predictions:
    with labelaudit.open_dataset(paths, options, probabilities="replaced") as dataset:
        return labelaudit.predict(dataset, PredictOptions(**how))


def predicted(folder: Path, table: pa.Table, options: InputOptions | None = None, **how: Any) -> Predictions:
    return predictions(write(folder / "data.parquet", table), options=options, **how)


def codes_of(found: Predictions) -> dict[str, int | None]:
    return {notice.code: notice.count for notice in found.notices}


# --- what is predicted from ------------------------------------------------------------------------------


def source(folder: Path, table: pa.Table, options: InputOptions | None = None, wanted: Any = None) -> str:
    path = write(folder / "data.csv", table) if "embedding" not in table.column_names else None
    path = path or write(folder / "data.parquet", table)
    with labelaudit.open_dataset([path], options, probabilities="replaced") as dataset:
        return str(source_of(dataset, wanted))


def test_embeddings_win_over_text_and_text_over_columns(tmp_path: Path) -> None:
    assert source(tmp_path, embedded(text=TEXTS, width=POINTS[:, 0])) == "the embeddings"
    assert source(tmp_path, measured(text=TEXTS)) == "column 'text'"
    assert source(tmp_path, measured()) == "2 columns: 'width', 'height'"


def test_the_user_may_choose_otherwise(tmp_path: Path) -> None:
    table = embedded(text=TEXTS, width=POINTS[:, 0])
    assert source(tmp_path, table, wanted="text") == "column 'text'"
    assert source(tmp_path, table, wanted="columns") == "2 columns: 'text', 'width'"


def test_a_column_of_prose_is_a_text_whatever_its_name(tmp_path: Path) -> None:
    assert source(tmp_path, measured(remark=TEXTS)) == "column 'remark'"
    assert source(tmp_path, measured(body=TEXTS, note=[f"{t} {t}" for t in TEXTS])) == "column 'note'"


@pytest.mark.parametrize(
    "values",
    [
        [f"/data/pictures/{i}/of/{LABELS[i]}.jpg" for i in range(N)],
        [f"the same few words {i % 5}" for i in range(N)],
        ["so short"] * N,
    ],
)
def test_paths_and_repeated_texts_are_no_prose(tmp_path: Path, values: list[str]) -> None:
    assert source(tmp_path, measured(x=values)).startswith("3 columns")


def test_a_named_text_is_taken_although_short(tmp_path: Path) -> None:
    table = measured(word=[text.split()[2] for text in TEXTS])
    assert source(tmp_path, table, InputOptions(text_col="word")) == "column 'word'"


def test_pictures_groups_and_probabilities_are_not_predicted_from(tmp_path: Path) -> None:
    probs = {f"prob_{name}": BLOBS.pred_probs[:, i] for i, name in enumerate(NAMES)}
    table = measured(
        image_path=["x.png"] * N, patient=[i // 3 for i in range(N)], split=["train"] * N, **probs
    )
    assert source(tmp_path, table, InputOptions(group_col="patient")) == "2 columns: 'width', 'height'"


def test_nothing_to_predict_from_is_an_error_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ColumnNotFoundError, match="nothing to predict the classes from") as caught:
        source(tmp_path, table_of())
    assert "embeddings" in (caught.value.hint or "")
    with pytest.raises(ColumnNotFoundError, match="no text to predict from"):
        source(tmp_path, measured(), wanted="text")


def test_columns_that_tell_nothing_are_named(tmp_path: Path) -> None:
    table = measured(
        label_text=[name.upper() for name in LABELS], row=range(N), code=[f"k{i}" for i in range(N)]
    )
    found = predicted(tmp_path, table)
    (notice,) = [n for n in found.notices if n.code == "columns-left-out"]
    assert "'label_text' (repeats the label)" in notice.message
    assert "'row' (counts the rows)" in notice.message
    assert "'code' (names the rows)" in notice.message
    assert found.pred_probs.tobytes() == predicted(tmp_path / "b", measured()).pred_probs.tobytes()


def test_only_useless_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionError, match=r"'label_text' \(repeats the label\)"):
        predicted(tmp_path, table_of(label_text=LABELS))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_columns_mean_the_same_in_every_format(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    columns = {
        "width": [None if rng.random() < 0.1 else float(x) for x in POINTS[:, 0].round(3)],
        "colour": [None if rng.random() < 0.1 else "red" if x > 0 else "blue" for x in POINTS[:, 1]],
        "tame": [bool(code == 1) ^ bool(rng.random() < 0.2) for code in BLOBS.true_labels],
        "legs": [int(x) for x in BLOBS.true_labels ^ 1],
    }
    expected = predicted(tmp_path / "a", table_of(**columns))
    found = predictions(write(tmp_path / f"data{suffix}", table_of(**columns)))
    assert np.array_equal(found.pred_probs, expected.pred_probs)


# --- out of fold -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [embedded, measured, lambda: table_of(text=TEXTS)])
def test_predictions_find_the_wrong_labels(tmp_path: Path, make: Any) -> None:
    found = predicted(tmp_path, make())
    wrong = BLOBS.labels != BLOBS.true_labels
    given = found.pred_probs[np.arange(N), [found.classes.index(name) for name in LABELS]]
    assert given[wrong].mean() < 0.4 < given[~wrong].mean()
    assert found.accuracy > 0.5


def test_random_labels_cannot_be_predicted_although_every_row_is_its_own_kind(tmp_path: Path) -> None:
    # In sample, 300 numbers a row tell 150 labels apart without a mistake.
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(N, 300)).astype(np.float32)
    labels = [NAMES[code] for code in rng.integers(0, 3, N)]
    table = pa.table({"label": labels, "embedding": number_lists(noise)})
    assert predicted(tmp_path, table).accuracy < 0.45


@pytest.mark.parametrize("make", [embedded, measured, lambda: table_of(text=TEXTS)])
def test_workers_change_no_bit_and_the_seed_does(tmp_path: Path, make: Any) -> None:
    path = write(tmp_path / "data.parquet", make())
    one = predictions(path, workers=1)
    assert one.pred_probs.tobytes() == predictions(path, workers=3).pred_probs.tobytes()
    assert one.pred_probs.tobytes() != predictions(path, workers=1, seed=1).pred_probs.tobytes()


@pytest.mark.parametrize("make", [embedded, measured, lambda: table_of(text=TEXTS)])
def test_the_order_of_rows_with_ids_changes_no_bit(tmp_path: Path, make: Any) -> None:
    order = np.random.default_rng(1).permutation(N)
    straight = predicted(tmp_path / "a", make())
    shuffled = predicted(tmp_path / "b", make().take(order))
    assert np.array_equal(shuffled.pred_probs, straight.pred_probs[order])
    assert np.array_equal(shuffled.fold_of_row, straight.fold_of_row[order])


def test_probabilities_are_float32_and_sum_to_one(tmp_path: Path) -> None:
    found = predicted(tmp_path, embedded())
    assert found.pred_probs.dtype == np.float32
    assert np.abs(found.pred_probs.astype(np.float64).sum(axis=1) - 1).max() < 1e-6
    assert found.pred_probs.min() > 0
    assert not found.pred_probs.flags.writeable


# --- groups and copies -----------------------------------------------------------------------------------


def test_rows_of_one_group_share_a_fold(tmp_path: Path) -> None:
    patients = [None if i % 10 == 0 else f"p{i // 4}" for i in range(N)]
    found = predicted(tmp_path, embedded(patient=patients), InputOptions(group_col="patient"))
    folds: dict[str, set[int]] = {}
    for patient, fold in zip(patients, found.fold_of_row.tolist(), strict=True):
        if patient:
            folds.setdefault(patient, set()).add(fold)
    assert {len(group) for group in folds.values()} == {1}
    assert set(found.fold_of_row.tolist()) == set(range(5))


@pytest.mark.parametrize("make", [embedded, measured, lambda: table_of(text=TEXTS)])
def test_copies_of_an_item_share_a_fold(tmp_path: Path, make: Any) -> None:
    twice = pa.concat_tables([make(), make()])
    twice = twice.set_column(0, "id", pa.array([f"r{i}" for i in range(2 * N)]))
    found = predicted(tmp_path, twice)
    assert np.array_equal(found.fold_of_row[:N], found.fold_of_row[N:])
    assert codes_of(found)["copies"] == N


def test_fewer_groups_than_folds_make_fewer_folds(tmp_path: Path) -> None:
    table = embedded(site=[f"s{i % 3}" for i in range(N)])
    found = predicted(tmp_path, table, InputOptions(group_col="site"))
    assert found.folds == 3
    assert codes_of(found)["few-folds"] == 3


def test_one_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionError, match="all labelled rows are of one group"):
        predicted(tmp_path, embedded(site=["s"] * N), InputOptions(group_col="site"))


def test_unknown_group_column_is_refused_with_a_near_one(tmp_path: Path) -> None:
    with pytest.raises(ColumnNotFoundError, match="--group-col") as caught:
        predicted(tmp_path, embedded(site=["s"] * N), InputOptions(group_col="sites"))
    assert "did you mean 'site'" in (caught.value.hint or "")


# --- labels ----------------------------------------------------------------------------------------------


def test_rows_without_a_label_are_predicted_too(tmp_path: Path) -> None:
    labels = [None if i % 7 == 0 else name for i, name in enumerate(LABELS)]
    found = predicted(tmp_path, embedded(labels))
    missing = np.array([name is None for name in labels])
    assert np.isfinite(found.pred_probs).all()
    right = found.pred_probs[missing].argmax(axis=1) == BLOBS.true_labels[missing]
    assert right.mean() > 0.8
    assert codes_of(found)["no-label"] == missing.sum()


def test_tiny_classes_are_predicted_and_named(tmp_path: Path) -> None:
    labels = ["emu" if i == 3 else "fox" if i in (5, 6) else name for i, name in enumerate(LABELS)]
    found = predicted(tmp_path, embedded(labels))
    (notice,) = [n for n in found.notices if n.code == "small-classes"]
    assert notice.count == 2
    assert "'emu', 'fox'" in notice.message
    assert found.pred_probs[3, found.classes.index("emu")] == pytest.approx(1e-6, rel=0.01)


def test_two_rows_of_two_classes_are_enough_and_one_row_is_not(tmp_path: Path) -> None:
    pair = pa.table({"label": ["a", "b"], "embedding": [[0.0, 1.0], [1.0, 0.0]]})
    assert predicted(tmp_path, pair).folds == 2
    with pytest.raises(OneClassError):
        predicted(tmp_path / "one", pair.slice(0, 1))


def test_labels_of_one_known_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OneClassError, match="all labels are 'cat'") as caught:
        predicted(tmp_path, embedded(["cat"] * N), InputOptions(classes=("cat", "dog")))
    assert caught.value.column == "label"


@pytest.mark.parametrize("labels", [[True, False], [3, 10], [0.0, 1.0]])
def test_labels_of_any_type_are_predicted(tmp_path: Path, labels: list[Any]) -> None:
    found = predicted(tmp_path, embedded([labels[code % 2] for code in BLOBS.labels]))
    assert len(found.classes) == 2


def test_broken_embeddings_are_refused_or_get_the_class_shares(tmp_path: Path) -> None:
    lists = POINTS.tolist()
    lists[4][0] = float("nan")
    lists[9] = None
    table = table_of(embedding=pa.array(lists, pa.list_(pa.float32())))
    with pytest.raises(NonFiniteError, match="and 1 more row") as caught:
        predicted(tmp_path, table)
    assert caught.value.row == 4
    found = predicted(tmp_path, table, on_bad_row="skip")
    assert np.isfinite(found.pred_probs).all()
    assert codes_of(found)["no-inputs"] == 2


@pytest.mark.parametrize(
    "how", [{"folds": 1}, {"folds": 0}, {"predict_from": "pictures"}, {"workers": -1}, {"on_bad_row": "ask"}]
)
def test_impossible_options_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        PredictOptions(**how)


# --- in an audit, and on disk ----------------------------------------------------------------------------


def test_an_audit_of_predictions_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", embedded())
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        audit = labelaudit.audit(with_predictions(dataset))
    (notice,) = [n for n in audit.summary.notices if n.code == "predicted"]
    assert "predicted here from the embeddings (logistic regression, 5 folds)" in notice.message
    found = {int(name[1:]) for name in suspect_ids(audit)}
    wrong = set(np.flatnonzero(BLOBS.labels != BLOBS.true_labels).tolist())
    assert len(found & wrong) > len(wrong) / 2


HOSTILE = ("a,b", 'say "hi"', "new\nline", "ümläut 鳥", "prob_x", " space ", "0", "-", "'", "=1+1")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("names", [HOSTILE, tuple(map(str, range(12))), ("true", "false")])
def test_the_file_joins_the_labels_again(tmp_path: Path, suffix: str, names: tuple[str, ...]) -> None:
    labels = [names[i % len(names)] for i in range(N)]
    path = write(tmp_path / "data.parquet", embedded(labels))
    file = tmp_path / f"pred_probs{suffix}"
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        found = labelaudit.predict(dataset)
        write_predictions(dataset, found, file)
    with labelaudit.open_dataset([path, file]) as dataset:
        assert dataset.classes == found.classes
        parts = dataset.probability_parts(np.zeros(N, dtype=np.int64))
        read = np.concatenate([batch.pred_probs for part in parts for batch in part()])
    assert np.array_equal(read.astype(np.float32), found.pred_probs)


def test_the_array_has_the_rows_of_the_dataset(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", embedded())
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        found = labelaudit.predict(dataset)
        write_predictions(dataset, found, tmp_path / "pred_probs.npy")
    assert np.array_equal(np.load(tmp_path / "pred_probs.npy"), found.pred_probs)


def test_ids_that_repeat_in_another_split_come_with_their_split(tmp_path: Path) -> None:
    table = table_of(width=POINTS[:, 0], height=POINTS[:, 1], split=["train", "test"] * (N // 2))
    table = table.set_column(0, "id", pa.array([i // 2 for i in range(N)]))
    path, file = write(tmp_path / "data.parquet", table), tmp_path / "pred_probs.parquet"
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        write_predictions(dataset, labelaudit.predict(dataset), file)
    assert audit_paths(path, file, allow=("LA909",)).summary.n_rows == N


def test_an_unknown_suffix_is_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", embedded())
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        found = labelaudit.predict(dataset)
        with pytest.raises(UsageError, match="does not tell the format"):
            write_predictions(dataset, found, tmp_path / "pred_probs.xlsx")
        for suffix in WRITERS:
            with pytest.raises(UsageError):
                write_predictions(dataset, found, tmp_path / "missing" / f"p{suffix}")
    assert [item.name for item in tmp_path.iterdir()] == ["data.parquet"]


def test_labels_that_cannot_be_learned_are_told_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = embedded([NAMES[code] for code in rng.integers(0, 3, N)])
    path = write(tmp_path / "data.parquet", table)
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        made = with_predictions(dataset)
        with pytest.raises(NoInformationError, match="nothing could be learned") as caught:
            labelaudit.audit(made)
    assert "--predict-from" in (caught.value.hint or "")


def test_a_dataset_without_probabilities_is_not_audited(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", embedded())
    with (
        labelaudit.open_dataset([path], probabilities="optional") as dataset,
        pytest.raises(ColumnNotFoundError, match="has no probabilities"),
    ):
        labelaudit.audit(dataset)


def test_predictions_that_never_disagree_are_not_taken_for_in_sample_ones(tmp_path: Path) -> None:
    clean = [NAMES[code] for code in BLOBS.true_labels]
    texts = [f"{name} number {i} of {i * 7919} or {i * 104729}" for i, name in enumerate(clean)]
    path = write(tmp_path / "data.csv", pa.table({"text": texts, "label": clean}))
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        made = with_predictions(dataset)
        assert labelaudit.audit(made).summary.n_suspects == 0
        with pytest.raises(InSampleError):
            labelaudit.audit(dataclasses.replace(made, predicted_here=False))
