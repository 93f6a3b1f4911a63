"""The Python interface: its names, its values, and the same answers as on disk."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import Audit, AuditOptions, InputOptions, LabelAuditError, UsageError
from labelaudit.config import BY_PROBABILITIES, FILTERS
from labelaudit.errors import (
    ALL_ERRORS,
    AmbiguousRowError,
    ColumnNotFoundError,
    ConfigError,
    RowNotFoundError,
)
from labelaudit.scorers import GRAPH_SCORERS
from labelaudit.types import ProgressEvent
from tests.builders import (
    AS_CLEANLAB,
    Sample,
    audit_of,
    audit_paths,
    csv_wide,
    honest_sample,
    joined,
    parquet_wide,
    rows_of,
    write,
)
from tests.strategies import noisy_blobs

SAMPLE = honest_sample(0, noise_rate=0.2)
TRUE_CODES = noisy_blobs(0, n_rows=300, n_classes=3, noise_rate=0.2).true_labels
N = len(SAMPLE.ids)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit_of(csv_wide(tmp_path_factory.mktemp("api"), SAMPLE))


@pytest.fixture(scope="module")
def as_cleanlab(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit_of(csv_wide(tmp_path_factory.mktemp("api"), SAMPLE), **AS_CLEANLAB)


# --- names ---------------------------------------------------------------------------------------


def test_public_names_are_sorted_and_complete() -> None:
    names = labelaudit.__all__
    assert names == sorted(set(names))
    homes = [name for group in labelaudit._HOMES.values() for name in group]
    assert sorted(homes) == sorted(names)
    for name in names:
        assert getattr(labelaudit, name).__name__ == name


def test_version_is_that_of_the_distribution() -> None:
    assert labelaudit.__version__ == version("labelaudit")


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'scan'"):
        _ = labelaudit.scan


def test_importing_costs_nothing() -> None:
    heavy = {"numpy", "pyarrow", "pandas", "scipy", "sklearn", "cleanlab", "typer", "rich"}
    code = f"import sys, labelaudit; print(sorted({heavy!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "[]\n"


@pytest.mark.parametrize(
    ("how", "loaded"),
    [("rank_by='self-confidence'", "[]"), ("", "['scipy']")],
    ids=["as cleanlab", "by default"],
)
def test_audit_without_embeddings_imports_what_it_needs(tmp_path: Path, how: str, loaded: str) -> None:
    path = parquet_wide(tmp_path, SAMPLE).paths[0]
    code = (
        "import sys, labelaudit\n"
        f"with labelaudit.open_dataset([{str(path)!r}]) as dataset:\n"
        f"    answer = labelaudit.audit(dataset, labelaudit.AuditOptions({how}))\n"
        f"    labelaudit.save_audit(answer, {str(tmp_path / 'out')!r})\n"
        "print(sorted({'pandas', 'cleanlab', 'sklearn', 'scipy', 'faiss'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == loaded + "\n"


def test_every_error_has_a_code_of_its_own_and_one_root() -> None:
    codes = [error.code for error in ALL_ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(issubclass(error, LabelAuditError) for error in ALL_ERRORS)
    assert all(error.__doc__ for error in ALL_ERRORS)


def test_options_and_answers_are_frozen(audited: Audit) -> None:
    for value, field in ((AuditOptions(), "seed"), (InputOptions(), "id_col"), (audited.summary, "n_rows")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, 1)


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"filter": "prune_by_noise_rate"},
        {"rank_by": "self_confidence"},
        {"scorers": ("knn", "self_confidence")},
        {"metric": "manhattan"},
        {"collision": "papper"},
        {"backend": "clean-lab"},
        {"on_bad_row": "ignore"},
        {"on_missing_label": "drop"},
        {"allow": ("LA90x",)},
    ],
    ids=str,
)
def test_unknown_value_of_an_option_is_refused(tmp_path: Path, how: dict[str, object]) -> None:
    """Above all cleanlab's own spelling of a filter, which must not choose another one silently."""
    with pytest.raises(UsageError):
        audit_of(csv_wide(tmp_path, SAMPLE), **how)


def test_defaults_are_those_of_the_contract(audited: Audit) -> None:
    assert audited.summary.algorithm == {
        "filter": "fused",
        "rank_by": "fused",
        "scorers": [],
        "class_shares": [],
        "neighbors": None,
        "collision": "cleanlab",
        "backend": "stream",
        "per_split": False,
        "on_bad_row": "error",
        "on_missing_label": "error",
        "allow": [],
        "select": ["LA"],
        "ignore": [],
    }


def test_a_score_of_cleanlabs_brings_its_filter_along(tmp_path: Path) -> None:
    algorithm = audit_of(csv_wide(tmp_path, SAMPLE), rank_by="entropy").summary.algorithm
    assert (algorithm["filter"], algorithm["rank_by"]) == ("prune-by-noise-rate", "entropy")


@pytest.mark.parametrize("rank_by", BY_PROBABILITIES)
def test_label_quality_is_the_score_that_ranks(as_cleanlab: Audit, tmp_path: Path, rank_by: str) -> None:
    result = audit_of(csv_wide(tmp_path, SAMPLE), rank_by=rank_by)
    scores = result.scores()
    if rank_by != "entropy":
        assert scores["label_quality"] == scores[rank_by.replace("-", "_")]
    assert scores["is_suspect"] == as_cleanlab.scores()["is_suspect"], "a score ranks and flags nothing"
    quality = result.suspects_table()["label_quality"].to_pylist()
    assert quality == sorted(quality)


def test_without_embeddings_fused_is_em(audited: Audit, tmp_path: Path) -> None:
    named = audit_of(csv_wide(tmp_path, SAMPLE), rank_by="em")
    assert rows_of(named, "file") == rows_of(audited, "file")
    scores = audited.scores()
    np.testing.assert_array_equal(scores["label_quality"], 1 - np.array(scores["p_error"]))
    assert scores["neighbor_agreement"].null_count == N


@pytest.mark.parametrize("rank_by", sorted(set(GRAPH_SCORERS) - {"fused"}))
def test_a_scorer_of_neighbours_needs_embeddings(tmp_path: Path, rank_by: str) -> None:
    written = csv_wide(tmp_path, SAMPLE)
    for how in ({"rank_by": rank_by}, {"scorers": (rank_by,)}):
        with pytest.raises(ConfigError, match="needs embeddings") as caught:
            audit_of(written, **how)
        assert rank_by in str(caught.value)


def test_the_fused_filter_does_not_go_with_a_score_of_cleanlabs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="filter 'fused'"):
        audit_of(csv_wide(tmp_path, SAMPLE), filter="fused", rank_by="entropy")


def test_cleanlab_has_no_fused_score(tmp_path: Path) -> None:
    written = csv_wide(tmp_path, SAMPLE)
    for how in ({"rank_by": "fused"}, {"scorers": ("em",)}):
        with pytest.raises(ConfigError, match="cleanlab has no such score"):
            audit_of(written, backend="cleanlab", **how)


def test_filters_differ_in_what_they_flag(tmp_path: Path) -> None:
    written = csv_wide(tmp_path, SAMPLE)
    flags = {name: audit_of(written, filter=name).summary.n_suspects for name in FILTERS}
    assert len(set(flags.values())) >= 4
    assert flags["both"] <= min(flags["prune-by-noise-rate"], flags["prune-by-class"])
    assert flags["prune-by-noise-rate"] <= flags["predicted-neq-given"]


@pytest.mark.parametrize(
    ("select", "ignore", "selected"),
    [
        (("LA",), (), True),
        (("LA1",), (), True),
        (("LA9",), (), False),
        (("LA",), ("LA102",), False),
        (("LA",), ("LA1",), False),
        (("LA102",), ("LA1",), True),
        (("LA102",), ("LA102",), False),
        ((), (), False),
    ],
)
def test_rules_are_chosen_by_the_longest_prefix(
    tmp_path: Path, select: tuple[str, ...], ignore: tuple[str, ...], selected: bool
) -> None:
    result = audit_of(csv_wide(tmp_path, SAMPLE), select=select, ignore=ignore)
    assert (result.summary.n_suspects > 0) == selected
    assert result.summary.by_rule.get("LA102", 0) == result.summary.n_suspects


def test_a_reason_that_is_not_wanted_is_not_listed(audited: Audit, tmp_path: Path) -> None:
    result = audit_of(csv_wide(tmp_path, SAMPLE), ignore=("LA101",))
    assert result.scores()["is_suspect"] == audited.scores()["is_suspect"]
    assert "LA101" in audited.summary.by_rule
    assert "LA101" not in result.summary.by_rule


# --- values --------------------------------------------------------------------------------------


def test_data_frame_has_a_row_a_row(audited: Audit) -> None:
    frame = audited.to_pandas()
    assert list(frame.columns) == audited.scores().column_names
    assert frame["id"].tolist() == list(SAMPLE.ids)
    assert frame["is_suspect"].sum() == audited.summary.n_suspects
    assert frame["self_confidence"].tolist() == SAMPLE.pred_probs[np.arange(N), SAMPLE.codes].tolist()


def test_top_suspects_are_the_first_of_all(audited: Audit) -> None:
    everyone = list(audited.suspects())
    assert list(audited.suspects(5)) == everyone[:5]
    assert len(everyone) == audited.summary.n_suspects
    assert [suspect.rank for suspect in everyone] == list(range(1, len(everyone) + 1))
    assert everyone[0].rules == ("LA101", "LA102")


def test_batches_of_scores_can_be_read_twice(audited: Audit) -> None:
    first, second = (pa.Table.from_batches(audited.scores_batches()) for _ in range(2))
    assert first == second


def test_suggestion_of_cleanlabs_score_is_the_predicted_label(as_cleanlab: Audit) -> None:
    predicted = dict(
        zip(*(as_cleanlab.scores()[name].to_pylist() for name in ("id", "predicted_label")), strict=True)
    )
    for suspect in as_cleanlab.suspects():
        assert suspect.suggested_label == predicted[suspect.id] != suspect.given_label
        assert suspect.runner_up_label not in (None, suspect.suggested_label)


def test_suggestion_is_neither_the_given_label_nor_the_runner_up(audited: Audit) -> None:
    suggested = [suspect.suggested_label for suspect in audited.suspects()]
    assert sum(label is not None for label in suggested) > 0.9 * len(suggested)
    for suspect in audited.suspects():
        assert suspect.suggested_label != suspect.given_label
        assert suspect.runner_up_label not in (None, suspect.suggested_label)
        assert (suspect.suggested_label is None) == (suspect.suggested_prob is None)


def test_suspect_whose_given_label_is_the_likeliest_gets_no_suggestion(tmp_path: Path) -> None:
    """low-self-confidence flags by score alone: here rows that are flat, not wrong."""
    codes = np.arange(120) % 4
    pred_probs = np.full((120, 4), 0.7 / 3)
    pred_probs[np.arange(120), codes] = 0.3
    pred_probs[:20] = 0.025
    pred_probs[np.arange(20), codes[:20]], pred_probs[np.arange(20), (codes[:20] + 1) % 4] = 0.4, 0.55
    labels = tuple("abcd"[code] for code in codes)
    flat = Sample(ids=tuple(range(120)), labels=labels, pred_probs=pred_probs, classes=tuple("abcd"))
    written = csv_wide(tmp_path, flat)
    found = list(audit_of(written, filter="low-self-confidence", **AS_CLEANLAB).suspects())
    assert [suspect.row for suspect in found] == list(range(20, 40))
    assert {(suspect.suggested_label, suspect.suggested_prob) for suspect in found} == {(None, None)}


def test_errors_are_estimated_as_a_range_around_a_count(audited: Audit, as_cleanlab: Audit) -> None:
    for result in (audited, as_cleanlab):
        found = result.summary.est_errors
        assert found is not None
        assert list(found) == ["kind", "count", "low", "high", "looks_clean", "method"]
        assert found["kind"] == "model estimate"
        assert 0 <= found["low"] <= found["count"] <= found["high"] <= N
        assert found["low"] <= (SAMPLE.codes != TRUE_CODES).sum() <= found["high"]
        assert not found["looks_clean"]


def test_histogram_counts_every_row_and_every_suspect_once(audited: Audit) -> None:
    assert sum(audited.histogram.rows) == N
    assert sum(audited.histogram.suspects) == audited.summary.n_suspects
    assert sum(row.suspects for row in audited.classes) == audited.summary.n_suspects


def test_progress_is_told_and_ends_at_the_last_row(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    written = csv_wide(tmp_path, SAMPLE)
    with labelaudit.open_dataset(written.paths, progress=events.append) as dataset:
        labelaudit.audit(dataset, AuditOptions(batch_rows=10), progress=events.append)
    steps = {event.step for event in events}
    assert {"reading labels", "reading probabilities"} <= steps
    assert max(event.done for event in events if event.step == "reading probabilities") == N


def test_core_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    labelaudit.save_audit(audit_of(csv_wide(tmp_path, SAMPLE)), tmp_path / "out")
    assert capfd.readouterr() == ("", "")


def test_command_is_kept_in_the_summary(tmp_path: Path) -> None:
    with labelaudit.open_dataset(csv_wide(tmp_path, SAMPLE).paths) as dataset:
        assert labelaudit.audit(dataset, command="labelaudit scan x").summary.command == "labelaudit scan x"


def test_dataset_can_be_audited_more_than_once(tmp_path: Path) -> None:
    with labelaudit.open_dataset(csv_wide(tmp_path, SAMPLE).paths) as dataset:
        first, second = (labelaudit.audit(dataset) for _ in range(2))
        assert rows_of(first) == rows_of(second)


# --- standard input ------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".arrow", ".parquet"])
def test_standard_input_gives_the_audit_of_the_file(audited: Audit, tmp_path: Path, suffix: str) -> None:
    stream = io.BytesIO(write(tmp_path / f"data{suffix}", SAMPLE.table()).read_bytes())
    with labelaudit.open_dataset(["-"], stdin=stream) as dataset:
        result = labelaudit.audit(dataset)
        found = rows_of(result, "file", "line")
    assert found == rows_of(audited, "file", "line")
    assert [entry.path for entry in result.summary.inputs] == ["<stdin>"]


def test_spooled_copy_is_removed_on_every_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    good, bad = (
        table.to_pandas().to_csv(index=False).encode() for table in (SAMPLE.table(), SAMPLE.labels_table())
    )
    with labelaudit.open_dataset(["-"], stdin=io.BytesIO(good)):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    with pytest.raises(ColumnNotFoundError), labelaudit.open_dataset(["-"], stdin=io.BytesIO(bad)):
        pass
    assert not list(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt), labelaudit.open_dataset(["-"], stdin=io.BytesIO(good)):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_standard_input_cannot_be_joined_with_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="standard input cannot be joined"):
        labelaudit.open_dataset(["-", tmp_path], stdin=io.BytesIO(b"id\n"))


# --- explain -------------------------------------------------------------------------------------


def test_explanation_of_a_suspect_has_its_numbers(audited: Audit) -> None:
    suspect = next(audited.suspects())
    found = labelaudit.explain(audited, suspect.id)
    for name in (
        "id",
        "file",
        "row",
        "line",
        "split",
        "given_label",
        "suggested_label",
        "label_quality",
        "fingerprint",
    ):
        assert getattr(found, name) == getattr(suspect, name), name
    assert (found.is_suspect, found.rank, found.rules) == (True, 1, ("LA101", "LA102"))
    assert found.p_error == suspect.p_error > 0.5
    assert found.suggested_prob == suspect.suggested_prob
    thresholds = {row.name: row.threshold for row in audited.classes}
    assert found.given_threshold == thresholds[suspect.given_label]
    assert found.predicted_threshold == thresholds[found.predicted_label]
    cells = {(cell.given_label, cell.true_label): cell.count for cell in audited.joint}
    assert found.pair_count == cells[suspect.given_label, found.predicted_label]
    assert (found.scorer, found.filter) == ("fused", "fused")


def test_explanation_of_another_row_has_no_rank(audited: Audit) -> None:
    flags = audited.scores()["is_suspect"].to_pylist()
    found = labelaudit.explain(audited, SAMPLE.ids[flags.index(False)])
    assert (found.is_suspect, found.rank, found.rules, found.suggested_label) == (False, None, (), None)


def test_loaded_audit_explains_like_a_fresh_one(audited: Audit, tmp_path: Path) -> None:
    labelaudit.save_audit(audited, tmp_path / "out")
    loaded = labelaudit.load_audit(tmp_path / "out")
    for id in SAMPLE.ids[:50]:
        assert labelaudit.explain(loaded, id) == labelaudit.explain(audited, id)


def test_unknown_id_is_refused(audited: Audit) -> None:
    with pytest.raises(RowNotFoundError, match="no row has the id 'nobody'"):
        labelaudit.explain(audited, "nobody")


def test_row_without_an_id_is_explained_by_its_number(tmp_path: Path) -> None:
    result = audit_paths(write(tmp_path / "data.csv", SAMPLE.table().drop_columns(["id"])))
    assert labelaudit.explain(result, "17").row == 17


def split_in(names: tuple[str | None, str | None]) -> pa.Table:
    """The ids r0 to r149 twice, in the first split and in the second."""
    twice = SAMPLE.but(ids=tuple(f"r{i % 150}" for i in range(N)))
    return joined(twice.table(), pa.table({"split": [names[0]] * 150 + [names[1]] * 150}))


def test_id_in_two_splits_is_explained_by_split(tmp_path: Path) -> None:
    result = audit_paths(write(tmp_path / "data.csv", split_in(("first", "second"))))
    with pytest.raises(AmbiguousRowError) as caught:
        labelaudit.explain(result, "r5")
    assert "'first', 'second'" in (caught.value.hint or "")
    assert labelaudit.explain(result, "r5", split="second").row == 155
    with pytest.raises(RowNotFoundError, match="in split 'third'"):
        labelaudit.explain(result, "r5", split="third")


@pytest.mark.parametrize("names", [("first", "second"), (None, "second"), ("first", None)])
def test_explanation_per_split_has_the_numbers_of_its_own_split(
    tmp_path: Path, names: tuple[str | None, str | None]
) -> None:
    table = split_in(names).set_column(0, "id", pa.array(SAMPLE.ids))
    result = audit_paths(write(tmp_path / "data.parquet", table), per_split=True)
    for row in (5, 200):
        found = labelaudit.explain(result, SAMPLE.ids[row])
        own = {r.name: r for r in result.classes if r.split == names[row // 150]}
        assert found.given_threshold == own[found.given_label].threshold
        assert found.predicted_threshold == own[found.predicted_label].threshold
        pairs = [
            cell.count
            for cell in result.joint
            if (cell.given_label, cell.true_label, cell.split)
            == (found.given_label, found.predicted_label, names[row // 150])
        ]
        assert [found.pair_count] == (pairs or [0])
