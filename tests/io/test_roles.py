"""Which column plays which role: the names of the contract, in their order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import InputOptions
from labelaudit.errors import ClassOrderError, ColumnNotFoundError, ProbabilityError
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.tables import open_table
from tests.builders import Sample, audit_paths, honest_sample, joined, number_lists, suspect_ids, write

SAMPLE = honest_sample(0)
N = len(SAMPLE.ids)
HALF = pa.array([0.5] * N)
LIST = number_lists(np.full((N, 3), 1 / 3))


def roles(folder: Path, table: pa.Table, options: InputOptions | None = None) -> Roles:
    return roles_of(open_table(write(folder / "data.parquet", table)), options or InputOptions())


def named(names: Sequence[str], column: pa.Array) -> pa.Table:
    return pa.table(dict.fromkeys(names, column))


def probability_columns(folder: Path, table: pa.Table, **options: Any) -> tuple[str, ...]:
    """The columns that an open dataset takes for the probabilities."""
    has_lists = any(pa.types.is_list(kind) for kind in table.schema.types)
    found: list[tuple[str, ...]] = []
    for suffix in (".parquet",) if has_lists else (".parquet", ".csv"):
        path = write(folder / f"data{suffix}", table)
        with labelaudit.open_dataset([path], InputOptions(**options)) as dataset:
            found.append(dataset.probabilities[0].columns)
    assert len(set(found)) == 1, "formats differ"
    return found[0]


# --- one name wins -----------------------------------------------------------------------------------

ORDERED = {
    "id": ["id", "example_id", "uid", "image_id", "filename", "file_name", "path"],
    "label": ["given_label", "label", "target", "class", "category", "y"],
    "split_column": ["split"],
}
TEXT = pa.array(["x", "y", "z"] * (N // 3))


@pytest.mark.parametrize(
    ("role", "first"), [(role, i) for role, names in ORDERED.items() for i in range(len(names))]
)
def test_first_name_of_the_list_wins(tmp_path: Path, role: str, first: int) -> None:
    names = ORDERED[role][first:]
    assert getattr(roles(tmp_path, named(names[::-1], TEXT)), role) == names[0]


@pytest.mark.parametrize("name", ["pred_probs", "probs", "probabilities", "proba"])
def test_list_columns_of_these_names_are_probabilities(tmp_path: Path, name: str) -> None:
    assert roles(tmp_path, named([name], LIST)).list_probs == name
    assert roles(tmp_path, named([name], TEXT)).list_probs is None


@pytest.mark.parametrize("name", ["embedding", "embeddings", "features"])
def test_list_columns_of_these_names_are_embeddings(tmp_path: Path, name: str) -> None:
    assert roles(tmp_path, named([name], LIST)).embeddings == (name,)


@pytest.mark.parametrize("prefix", ["emb_", "feature_"])
def test_numbered_columns_of_these_prefixes_are_embeddings(tmp_path: Path, prefix: str) -> None:
    names = [f"{prefix}{i}" for i in range(3)]
    found = roles(tmp_path, named([*names, f"{prefix}count"], HALF))
    assert found.embeddings == tuple(names)
    assert found.floats == (f"{prefix}count",)


@pytest.mark.parametrize("name", ["text", "sentence", "image", "image_path", "audio"])
def test_columns_of_these_names_are_previews(tmp_path: Path, name: str) -> None:
    assert roles(tmp_path, named([name], TEXT)).preview == (name,)


def test_names_that_lost_are_passed_over(tmp_path: Path) -> None:
    found = roles(tmp_path, named(["label", "y", "given_label", "uid", "id"], TEXT))
    assert found.passed_over == ("label (label)", "y (label)", "uid (id)")


@pytest.mark.parametrize(
    ("option", "role"),
    [("id_col", "id"), ("label_col", "label"), ("split_col", "split_column"), ("probs_col", "list_probs")],
)
def test_option_wins_over_every_name(tmp_path: Path, option: str, role: str) -> None:
    table = joined(named(["id", "label", "split", "mine"], TEXT), named(["pred_probs"], LIST))
    assert getattr(roles(tmp_path, table, InputOptions(**{option: "mine"})), role) == "mine"


@pytest.mark.parametrize(
    "option",
    ["id_col", "label_col", "probs_col", "embedding_col", "split_col", "text_col", "image_col", "audio_col"],
)
def test_option_that_names_no_column_is_refused(tmp_path: Path, option: str) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    with pytest.raises(
        ColumnNotFoundError, match=f"no table has a column 'lable' .--{option.replace('_', '-')}"
    ):
        audit_paths(path, options=InputOptions(**{option: "lable"}))


def test_refusal_suggests_the_nearest_column(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    with pytest.raises(ColumnNotFoundError) as caught:
        audit_paths(path, options=InputOptions(label_col="lable"))
    assert caught.value.hint == "did you mean 'label'?"


def test_table_without_labels_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "data.csv",
        SAMPLE.table().rename_columns(["id", "answer", *SAMPLE.table().column_names[2:]]),
    )
    with pytest.raises(ColumnNotFoundError, match="no column of given labels found") as caught:
        audit_paths(path)
    assert "given_label, label, target" in (caught.value.hint or "")
    assert "answer" in (caught.value.hint or "")
    assert audit_paths(path, options=InputOptions(label_col="answer")).summary.n_rows == N


# --- Hugging Face --------------------------------------------------------------------------------------


def hugging_face(sample: Sample, column: str = "label") -> pa.Table:
    """Numbers whose names stand in the schema, as `datasets` writes them."""
    feature = {"names": list(sample.classes), "_type": "ClassLabel"}
    metadata = {"huggingface": json.dumps({"info": {"features": {column: feature}}})}
    table = sample.but(labels=tuple(sample.codes.tolist())).list_table()
    return table.rename_columns(["id", column, "pred_probs"]).replace_schema_metadata(metadata)


UNSORTED = honest_sample(1, classes=["owl", "2", "10", "1"], n_rows=400)


@pytest.mark.parametrize("column", ["label", "coarse"])
def test_hugging_face_labels_have_the_names_of_the_schema(tmp_path: Path, column: str) -> None:
    expected = audit_paths(write(tmp_path / "wide.parquet", UNSORTED.table()))
    result = audit_paths(write(tmp_path / "data.parquet", hugging_face(UNSORTED, column)))
    assert [row.name for row in result.classes] == ["owl", "2", "10", "1"]
    assert suspect_ids(result) == suspect_ids(expected)
    assert result.suspects_table()["given_label"] == expected.suspects_table()["given_label"]


def test_hugging_face_label_wins_over_the_names(tmp_path: Path) -> None:
    table = hugging_face(UNSORTED, "coarse").append_column("label", pa.array(["?"] * 400))
    assert roles(tmp_path, table).label == "coarse"


def test_hugging_face_labels_meet_columns_of_another_order(tmp_path: Path) -> None:
    wide = joined(
        hugging_face(UNSORTED).drop_columns(["pred_probs"]),
        UNSORTED.probs_table().select(["id", "prob_1", "prob_owl", "prob_10", "prob_2"]),
    )
    wide = wide.replace_schema_metadata(hugging_face(UNSORTED).schema.metadata)
    result = audit_paths(write(tmp_path / "data.parquet", wide))
    expected = audit_paths(write(tmp_path / "wide.parquet", UNSORTED.table()))
    assert suspect_ids(result) == suspect_ids(expected)


def test_two_hugging_face_columns_leave_the_choice_to_the_names(tmp_path: Path) -> None:
    feature = {"names": ["a", "b"], "_type": "ClassLabel"}
    metadata = {"huggingface": json.dumps({"info": {"features": {"coarse": feature, "fine": feature}}})}
    table = named(["coarse", "fine", "label"], TEXT).replace_schema_metadata(metadata)
    assert roles(tmp_path, table).label == "label"


# --- which columns are probabilities -------------------------------------------------------------------

PROB_COLUMNS = ("cat", "dog", "owl")


@pytest.mark.parametrize("prefix", ["prob_", "proba_", "pred_", "p_", ".pred_"])
def test_prefixed_columns_of_all_classes_are_probabilities(tmp_path: Path, prefix: str) -> None:
    expected = tuple(prefix + name for name in PROB_COLUMNS)
    assert probability_columns(tmp_path, SAMPLE.table(prefix)) == expected


def test_columns_named_exactly_like_the_classes_are_probabilities(tmp_path: Path) -> None:
    table = joined(pa.table({"age": HALF}), SAMPLE.table("")).append_column("weight", HALF)
    assert probability_columns(tmp_path, table) == PROB_COLUMNS


def test_own_prefix_is_honoured(tmp_path: Path) -> None:
    table = joined(SAMPLE.table("prob_"), SAMPLE.probs_table("model2:"))
    assert probability_columns(tmp_path, table, probs_prefix="model2:") == (
        "model2:cat",
        "model2:dog",
        "model2:owl",
    )


OTHERS = {"p_": ("p_value", "p_adj"), "pred_": ("pred_time", "pred_cost"), "prob_": ("prob_x", "prob_y")}


@pytest.mark.parametrize(
    ("prefix", "others"),
    [(prefix, OTHERS[other]) for prefix in OTHERS for other in OTHERS if other != prefix],
)
def test_prefix_whose_columns_end_in_no_class_names_does_not_count(
    tmp_path: Path, prefix: str, others: tuple[str, str]
) -> None:
    table = joined(named(others, HALF), SAMPLE.table(prefix))
    assert probability_columns(tmp_path, table) == tuple(prefix + name for name in PROB_COLUMNS)


def test_column_that_adds_a_class_is_refused_or_named_in_a_notice(tmp_path: Path) -> None:
    """A class may have no rows, so p_value might be the probability of the class "value"."""
    for suffix in (".parquet", ".csv"):
        table = joined(SAMPLE.table("p_"), named(["p_value"], HALF))
        with pytest.raises(ProbabilityError, match=r"the row sums to 1\.5"):
            audit_paths(write(tmp_path / f"data{suffix}", table))
        table = joined(SAMPLE.table("p_"), named(["p_value"], pa.array([1e-9] * N)))
        result = audit_paths(write(tmp_path / f"data{suffix}", table))
        assert [
            "'value'" in notice.message for notice in result.summary.notices if notice.code == "LA907"
        ] == [True]


def test_p_value_beside_a_list_column_is_ignored(tmp_path: Path) -> None:
    numbered = SAMPLE.but(labels=tuple(SAMPLE.codes.tolist()))
    table = joined(numbered.list_table(), named(["p_value", "p_adj", "p_rank"], HALF))
    assert probability_columns(tmp_path, table) == ("pred_probs",)


BINARY = honest_sample(2, classes=["0", "1"])


@pytest.mark.parametrize(
    ("prefix", "others"),
    [
        ("", ("p_value", "p_adj")),
        ("", ("pred_label", "pred_score")),
        ("p_", ("pred_label", "pred_score")),
        (".pred_", ("p_value", "p_adj")),
        (".pred_", ("pred_label", "pred_score")),
    ],
)
def test_columns_named_for_number_labels_win_over_others_of_their_count(
    tmp_path: Path, prefix: str, others: tuple[str, str]
) -> None:
    """p_value and p_adj are not those of the classes 0 and 1 where columns of these names are there."""
    table = joined(named(others, HALF), BINARY.table(prefix))
    assert probability_columns(tmp_path, table) == (f"{prefix}0", f"{prefix}1")


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("form", ["wide", "array"])
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_probabilities_of_another_table_win_over_numbers_beside_the_labels(
    tmp_path: Path, n_classes: int, form: str, suffix: str
) -> None:
    """Predictions are often kept with the predicted label and its score beside the given label."""
    sample = honest_sample(4, classes=[str(i) for i in range(n_classes)], n_rows=400)
    predicted = pa.table(
        {"pred_label": sample.pred_probs.argmax(axis=1), "pred_score": sample.pred_probs.max(axis=1)}
    )
    labels = write(tmp_path / f"labels{suffix}", joined(sample.labels_table(), predicted))
    if form == "wide":
        other = write(tmp_path / f"scored{suffix}", sample.probs_table())
    else:
        other = tmp_path / "pred_probs.npy"
        np.save(other, sample.pred_probs)
    expected = audit_paths(write(tmp_path / "together.parquet", sample.table()))
    assert suspect_ids(audit_paths(labels, other)) == suspect_ids(expected)


NUMBER_TYPES = {
    "double": [pa.float64()] * 3,
    "float": [pa.float32()] * 3,
    "half": [pa.float16()] * 3,
    "double and float": [pa.float64(), pa.float32(), pa.float64()],
    "float and half": [pa.float32(), pa.float16(), pa.float16()],
    "double, float and half": [pa.float64(), pa.float32(), pa.float16()],
}


@pytest.mark.parametrize("kind", NUMBER_TYPES)
def test_columns_may_be_of_any_float_types(tmp_path: Path, kind: str) -> None:
    table = SAMPLE.labels_table()
    for i, (name, dtype) in enumerate(zip(SAMPLE.classes, NUMBER_TYPES[kind], strict=True)):
        values = SAMPLE.pred_probs[:, i].astype(dtype.to_pandas_dtype())
        table = table.append_column(f"prob_{name}", pa.array(values))
    result = audit_paths(write(tmp_path / "data.parquet", table))
    expected = audit_paths(write(tmp_path / "plain.parquet", SAMPLE.table()))
    assert result.scores()["is_suspect"] == expected.scores()["is_suspect"]


def test_list_column_wins_over_wide_columns(tmp_path: Path) -> None:
    numbered = SAMPLE.but(labels=tuple(SAMPLE.codes.tolist()))
    table = joined(numbered.list_table(), SAMPLE.probs_table())
    assert probability_columns(tmp_path, table) == ("pred_probs",)
    assert probability_columns(tmp_path, table, probs_prefix="prob_") == tuple(
        "prob_" + name for name in PROB_COLUMNS
    )


def test_columns_of_classes_without_rows_belong_to_the_probabilities(tmp_path: Path) -> None:
    present = SAMPLE.take(SAMPLE.codes < 2)
    assert probability_columns(tmp_path, present.table()) == tuple("prob_" + name for name in PROB_COLUMNS)


def test_table_without_probabilities_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ColumnNotFoundError, match="no predicted probabilities found") as caught:
        audit_paths(write(tmp_path / "data.parquet", SAMPLE.labels_table()))
    assert "pred_probs" in (caught.value.hint or "")


def test_columns_of_other_classes_are_named_in_the_refusal(tmp_path: Path) -> None:
    strange = SAMPLE.but(classes=("Katze", "Hund", "Eule"))
    with pytest.raises(
        ColumnNotFoundError, match=r"prob_\* end in 'Katze', 'Hund', 'Eule', but the labels are"
    ):
        audit_paths(write(tmp_path / "data.csv", strange.table()))


@pytest.mark.parametrize("names", [("0", "1", "2"), ("1", "2", "3"), ("a", "b", "c")])
def test_hint_of_that_refusal_leads_to_an_audit(tmp_path: Path, names: tuple[str, ...]) -> None:
    """It says: give --probs-prefix and --classes."""
    by_number = SAMPLE.but(classes=names)
    path = write(tmp_path / "data.csv", by_number.table())
    with pytest.raises(ColumnNotFoundError) as caught:
        audit_paths(path)
    if "--classes" in (caught.value.hint or ""):
        options = InputOptions(probs_prefix="prob_", classes=SAMPLE.classes)
        assert audit_paths(path, options=options).summary.n_rows == N


# --- one column for two classes --------------------------------------------------------------------------

YES_NO = honest_sample(3, classes=["no", "yes"])


@pytest.mark.parametrize("column", ["prob_yes", "p_yes", "yes", "score", "proba", "probability", "prob"])
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_single_column_is_the_probability_of_the_positive_class(
    tmp_path: Path, column: str, suffix: str
) -> None:
    single = YES_NO.labels_table().append_column(column, pa.array(YES_NO.pred_probs[:, 1]))
    options = InputOptions(positive_class="yes")
    result = audit_paths(write(tmp_path / f"single{suffix}", single), options=options)
    expected = audit_paths(write(tmp_path / f"wide{suffix}", YES_NO.table()))
    assert suspect_ids(result) == suspect_ids(expected)
    assert [row.name for row in result.classes] == ["no", "yes"]


def test_own_name_of_the_single_column_is_honoured(tmp_path: Path) -> None:
    single = YES_NO.labels_table().append_column("risk", pa.array(YES_NO.pred_probs[:, 1]))
    options = InputOptions(positive_class="yes", probs_col="risk")
    assert audit_paths(write(tmp_path / "data.csv", single), options=options).summary.n_classes == 2


@pytest.mark.parametrize("labels", [(False, True), (0, 1), ("0", "1")])
def test_positive_class_of_other_types_is_named_as_text(tmp_path: Path, labels: tuple[Any, Any]) -> None:
    positive = "true" if labels[1] is True else "1"
    sample = YES_NO.but(labels=tuple(labels[code] for code in YES_NO.codes))
    single = sample.labels_table().append_column("score", pa.array(YES_NO.pred_probs[:, 1]))
    path = write(tmp_path / "data.parquet", single)
    expected = audit_paths(write(tmp_path / "wide.parquet", YES_NO.table()))
    assert suspect_ids(audit_paths(path, options=InputOptions(positive_class=positive))) == suspect_ids(
        expected
    )


def test_positive_class_of_more_than_two_is_refused(tmp_path: Path) -> None:
    single = SAMPLE.labels_table().append_column("score", pa.array(SAMPLE.pred_probs[:, 0]))
    with pytest.raises(ClassOrderError, match="needs one other class, not 2"):
        audit_paths(write(tmp_path / "data.csv", single), options=InputOptions(positive_class="cat"))
    with pytest.raises(ClassOrderError, match="needs one other class, not 3"):
        audit_paths(write(tmp_path / "data.csv", single), options=InputOptions(positive_class="kat"))
