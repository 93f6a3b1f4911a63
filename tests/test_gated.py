"""An audit judged: who counts, what changed, and that nothing is lost between the numbers."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labelaudit
from labelaudit import Audit
from labelaudit.baseline import Baseline, Entry
from labelaudit.decisions import Outcome, Verdict
from labelaudit.errors import ConfigError, DataError, EmptyDatasetError, UsageError
from labelaudit.gate import GateOptions, Limit
from labelaudit.gated import against, gated, ignored_prints
from labelaudit.ignores import Ignore, Ignores
from labelaudit.old_versions import old_version
from labelaudit.standing import Hiding
from labelaudit.store import load_audit
from labelaudit.types import About, Scope
from tests.builders import audit_paths, embedded_table, honest_sample, write

NOTHING = Hiding(today=date(2026, 11, 21))
SAMPLE = honest_sample(n_rows=200)
TEXTS = [f"item {number}" for number in range(200)]
SPLITS = ["train", "train", "test", "train"] * 50


def items(table: pa.Table | None = None) -> pa.Table:
    """Rows with id, label, probabilities, a text and a split."""
    table = SAMPLE.table() if table is None else table
    return table.append_column("text", pa.array(TEXTS)).append_column("split", pa.array(SPLITS))


def relabelled(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    """The same with the next class in some rows."""
    names = SAMPLE.classes
    labels = table["label"].to_pylist()
    for row in rows:
        labels[row] = names[(names.index(labels[row]) + 1) % len(names)]
    return table.set_column(table.schema.get_field_index("label"), "label", pa.array(labels))


def compared(audit: Audit, old: Path, *paths: Path) -> Any:
    """An audit against an old file."""
    found = old_version(str(old), [str(path) for path in paths], audit.input_options, audit.class_names)
    return against(audit, found)


def judged(audit: Audit, *limits: Limit, hiding: Hiding = NOTHING, old: Path | None = None) -> Audit:
    """An audit with its verdict."""
    versus = None if old is None else compared(audit, old)
    return gated(audit, GateOptions(limits=limits), hiding, against=versus)


def limit(about: About = "all", of: str | None = None, *, scope: Scope = "dataset", most: int = 0) -> Limit:
    """A limit on a number of suspects."""
    return Limit(scope=scope, about=about, of=of, max_count=most)


def prints(audit: Audit) -> list[str]:
    """The fingerprints of the suspects, worst first."""
    found: list[str] = audit.suspects_table()["fingerprint"].to_pylist()
    return found


def baseline(*fingerprints: str, until: str | None = None) -> Baseline:
    """Entries of these fingerprints."""
    return Baseline(
        entries={p: Entry(id=p, given_label="", until=until) for p in fingerprints}, path="b.json"
    )


def outcome(print_: str, verdict: Verdict) -> Outcome:
    """What one reviewer found."""
    return Outcome(
        fingerprint=print_, id=print_, verdict=verdict, label="cat", reviewers=("ana",), agreement=1
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows as a CSV file."""
    return write(tmp_path_factory.mktemp("data") / "labels.csv", items())


@pytest.fixture(scope="module")
def audit(file: Path) -> Audit:
    """The audit of all rows."""
    return audit_paths(file)


# --- all rows -------------------------------------------------------------------------------------------


def test_every_row_and_suspect_is_in_the_tallies(audit: Audit) -> None:
    names = [*SAMPLE.classes, "train", "test"]
    limits = [limit("class" if name in SAMPLE.classes else "split", name) for name in names]
    gate = judged(audit, limit(), *limits).summary.gate
    suspects = audit.suspects_table()
    wanted = Counter(suspects["given_label"].to_pylist() + suspects["split"].to_pylist())
    rows = Counter([*SAMPLE.labels, *SPLITS])
    found = {rule.of: (rule.rows, rule.suspects) for rule in gate.rules}
    assert found == {None: (200, len(suspects))} | {name: (rows[name], wanted[name]) for name in names}
    assert wanted["test"] > 0


def test_a_limit_on_a_rule_counts_the_suspects_that_have_it(audit: Audit) -> None:
    having = Counter(rule for rules in audit.suspects_table()["rules"].to_pylist() for rule in rules)
    for rule in ("LA101", "LA102", "LA104"):
        (found,) = judged(audit, limit("rule", rule)).summary.gate.rules
        assert (found.rows, found.suspects) == (200, having[rule])
    assert having["LA102"] > 0


@pytest.mark.parametrize("rule", ["LA201", "LA202", "LA302", "LA401", "LA901", "LA903", "LA907"])
def test_a_limit_on_a_rule_that_no_row_can_have_is_an_error(audit: Audit, rule: str) -> None:
    with pytest.raises(ConfigError, match=f"by {rule}, and no row of this audit can be one"):
        judged(audit, limit("rule", rule))


def test_a_limit_on_a_rule_that_was_switched_off_is_an_error(file: Path) -> None:
    with pytest.raises(ConfigError, match="--select and --ignore switch rules off"):
        judged(audit_paths(file, ignore=("LA301",)), limit("rule", "LA301"))
    with pytest.raises(ConfigError, match="by LA102"):
        judged(audit_paths(file, rank_by="self-confidence"), limit("rule", "LA102"))


def test_no_gate_passes_where_no_row_can_be_a_suspect(file: Path) -> None:
    for ignored in (("LA102", "LA301"), ("LA",)):
        with pytest.raises(ConfigError, match="no row can be a suspect"):
            judged(audit_paths(file, ignore=ignored), limit())
    assert judged(audit_paths(file, ignore=("LA102",)), limit()).summary.gate.passed  # LA301 is left


def test_rules_of_same_items_can_be_limited_where_something_tells_the_items(
    tmp_path: Path, audit: Audit
) -> None:
    for rule in ("LA301", "LA908"):
        assert judged(audit, limit("rule", rule)).summary.gate.passed
        bare = audit_paths(write(tmp_path / "labels.csv", SAMPLE.table()))
        with pytest.raises(ConfigError, match=f"by {rule}, and no row of this audit can be one"):
            judged(bare, limit("rule", rule))


def test_a_dataset_without_suspects_passes(tmp_path: Path, file: Path) -> None:
    clean = honest_sample(n_rows=200, noise_rate=0.0, separation=30.0)
    audit = audit_paths(write(tmp_path / "labels.csv", items(clean.table())), allow=("LA903",))
    limits = (limit(), limit("class", "cat"), limit("rule", "LA101"), limit(scope="changes"))
    found = judged(audit, *limits, hiding=dataclasses.replace(NOTHING, baseline=baseline("x")), old=file)
    assert (found.summary.n_suspects, found.n_shown, found.summary.gate.passed) == (0, 0, True)


def test_files_of_two_runs_are_no_audit(audit: Audit) -> None:
    torn = dataclasses.replace(audit, read_suspects=lambda: audit.suspects_table().slice(1))
    with pytest.raises(DataError, match="of two runs"):
        judged(torn, limit())


def test_rules_of_neighbours_can_be_limited_where_there_are_embeddings(tmp_path: Path) -> None:
    audit = audit_paths(write(tmp_path / "data.parquet", embedded_table()))
    for rule in ("LA201", "LA202", "LA302"):
        assert judged(audit, limit("rule", rule, most=300)).summary.gate.passed


def test_a_dataset_without_rows_passes_no_gate(audit: Audit) -> None:
    empty = dataclasses.replace(
        audit, read_summary=lambda: dataclasses.replace(audit.summary, n_rows=0, n_suspects=0)
    )
    with pytest.raises(EmptyDatasetError):
        judged(empty, limit())
    assert judged(empty).summary.gate.passed is None


def test_judging_changes_nothing_but_the_verdict_and_the_status(audit: Audit) -> None:
    some = prints(audit)[:3]
    found = judged(audit, limit(), hiding=dataclasses.replace(NOTHING, baseline=baseline(*some)))
    assert (
        found.suspects_table()
        .drop_columns(["status"])
        .equals(audit.suspects_table().drop_columns(["status"]))
    )
    assert found.suspects_table().schema.equals(audit.suspects_table().schema)
    before, after = dataclasses.asdict(audit.summary), dataclasses.asdict(found.summary)
    assert {name for name in before if before[name] != after[name]} <= {"gate", "hidden", "notices"}


# --- what is hidden -------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(where=st.lists(st.sampled_from("-bicdnx"), min_size=30, max_size=30))
def test_hidden_and_counted_suspects_add_up(audit: Audit, where: list[str]) -> None:
    by: dict[str, list[str]] = {letter: [] for letter in "-bicdnx"}
    for print_, letter in zip(prints(audit), where, strict=False):
        by[letter].append(print_)
    hiding = Hiding(
        today=NOTHING.today,
        baseline=baseline(*by["b"], *by["n"], until="2026-11-21"),
        ignores=Ignores(
            rules=tuple(Ignore(number=i, wanted=(("fingerprint", p),)) for i, p in enumerate(by["i"])),
            path="i.toml",
        ),
        ignored_prints=by["c"],
        outcomes={
            **{p: outcome(p, "keep") for p in by["d"]},
            **{p: outcome(p, "neither") for p in [*by["n"], *by["x"]]},
        },
    )
    found = judged(audit, limit(), hiding=hiding)
    (rule,) = found.summary.gate.rules
    assert rule.suspects + sum(found.summary.hidden.values()) == found.summary.n_suspects
    assert rule.suspects == found.n_shown == len(list(found.shown_suspects()))
    names = {"baseline b.json": "bn", "i.toml": "i", "column labelaudit_ignore": "c", "decisions": "d"}
    expected = {name: sum(len(by[x]) for x in letters) for name, letters in names.items()}
    assert found.summary.hidden == {name: n for name, n in expected.items() if n}
    statuses = Counter(found.suspects_table()["status"].to_pylist())
    assert statuses["baseline"] == len(by["b"])
    assert statuses["ignored"] == len(by["i"]) + len(by["c"])
    assert statuses["decided"] == len(by["d"]) + len(by["n"]) + len(by["x"])


def test_new_suspects_are_those_in_no_baseline(audit: Audit) -> None:
    known, fresh = prints(audit)[1:], prints(audit)[0]
    hiding = dataclasses.replace(NOTHING, baseline=baseline(*known))
    assert [rule.suspects for rule in judged(audit, limit("new"), hiding=hiding).summary.gate.rules] == [1]
    complete = dataclasses.replace(NOTHING, baseline=baseline(fresh, *known))
    assert judged(audit, limit("new"), hiding=complete).summary.gate.passed
    with pytest.raises(ConfigError, match="there is no baseline"):
        judged(audit, limit("new"))


def test_a_label_that_people_found_wrong_is_new_until_it_is_in_the_baseline(audit: Audit) -> None:
    known, wrong = prints(audit)[1:], prints(audit)[0]
    hiding = dataclasses.replace(
        NOTHING, baseline=baseline(*known), outcomes={wrong: outcome(wrong, "relabel")}
    )
    assert not judged(audit, limit("new"), hiding=hiding).summary.gate.passed


def test_an_expired_entry_fails_whatever_the_limit(audit: Audit) -> None:
    late = dataclasses.replace(NOTHING, baseline=baseline(prints(audit)[0], until="2026-11-20"))
    found = judged(audit, limit(most=200), hiding=late).summary
    assert not found.gate.passed
    assert [(rule.about, rule.passed) for rule in found.gate.rules] == [("all", True), ("expired", False)]
    assert "expired-entries" in {notice.code for notice in found.notices}


def test_an_entry_of_a_row_with_another_label_no_longer_counts(file: Path, audit: Audit) -> None:
    worst = next(audit.suspects(1))
    hiding = dataclasses.replace(NOTHING, baseline=baseline(*prints(audit)))
    other = audit_paths(write(file.with_name("other.csv"), relabelled(items(), [worst.row])))
    for found in other.suspects():
        if found.id == worst.id:
            assert found.fingerprint not in prints(audit)
    assert judged(other, hiding=hiding).summary.hidden["baseline b.json"] < len(prints(audit))


# --- the column labelaudit_ignore -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "labels.jsonl"])
def test_a_row_is_ignored_by_its_column_and_stays_what_it_is(tmp_path: Path, name: str) -> None:
    plain = audit_paths(write(tmp_path / "plain" / name, items()))
    marked_rows = {suspect.row for suspect in plain.suspects(3)}
    marks = pa.array(["two animals" if row in marked_rows else "" for row in range(200)])
    marked = audit_paths(write(tmp_path / "marked" / name, items().append_column("labelaudit_ignore", marks)))
    assert ignored_prints(plain) == frozenset()
    assert ignored_prints(marked) == {suspect.fingerprint for suspect in plain.suspects(3)}
    assert prints(marked) == prints(plain)
    assert marked.scores()["content_hash"].equals(plain.scores()["content_hash"])
    found = judged(
        marked, limit(), hiding=dataclasses.replace(NOTHING, ignored_prints=ignored_prints(marked))
    )
    assert found.summary.hidden == {"column labelaudit_ignore": 3}
    # Marking rows changes none of them.
    assert compared(marked, tmp_path / "plain" / name).comparison.changed.sum() == 0


@pytest.mark.parametrize(
    ("marks", "ignored"),
    [
        (pa.array(["", "0", "no", " NO ", "False", None, "1", "yes", "true", "x"]), "......####"),
        (pa.array([True, False, None] + [False] * 7), "#........."),
        (pa.array([1, 0, None] + [0] * 7), "#........."),
    ],
)
def test_empty_zero_no_and_false_ignore_nothing(tmp_path: Path, marks: pa.Array, ignored: str) -> None:
    filled = pa.concat_arrays([marks, pa.nulls(190, marks.type)])
    table = items().append_column("labelaudit_ignore", filled)
    column = audit_paths(write(tmp_path / "labels.parquet", table)).scores()["labelaudit_ignore"]
    assert "".join(".#"[mark] for mark in column.to_pylist()[:10]) == ignored


def test_a_saved_audit_still_knows_what_its_column_ignores(tmp_path: Path) -> None:
    marks = pa.array(["x"] * 200)
    marked = audit_paths(write(tmp_path / "labels.csv", items().append_column("labelaudit_ignore", marks)))
    labelaudit.save_audit(marked, tmp_path / "out")
    loaded = load_audit(tmp_path / "out")
    assert ignored_prints(loaded) == ignored_prints(marked) == set(prints(marked))


# --- changed rows ---------------------------------------------------------------------------------------


def changes_of(audit: Audit) -> tuple[int, int, int, int, int]:
    """Rows, new, relabelled, edited, removed."""
    found = audit.summary.changes
    assert found is not None
    return found.rows, found.new, found.relabelled, found.edited, found.removed


def test_only_the_changed_rows_are_judged_and_shown(tmp_path: Path, file: Path, audit: Audit) -> None:
    clean = np.flatnonzero(~pc.is_in(pa.array(range(200)), audit.suspects_table()["row"]).to_numpy(False))
    wrong = clean[:6].tolist()
    new = audit_paths(write(tmp_path / "labels.csv", relabelled(items(), wrong)))
    found = judged(new, limit(scope="changes"), limit(most=200), old=file)
    assert changes_of(found) == (6, 0, 6, 0, 0)
    assert {suspect.row for suspect in found.shown_suspects()} <= set(wrong)
    rule = found.summary.gate.rules[0]
    assert (rule.rows, rule.suspects) == (6, found.n_shown)
    assert found.summary.changes is not None
    assert found.summary.changes.suspects == found.n_shown >= 5
    assert found.summary.gate.rules[1].suspects == found.summary.n_suspects > found.n_shown


def test_a_saved_audit_is_judged_as_the_fresh_one(tmp_path: Path, file: Path) -> None:
    new = audit_paths(write(tmp_path / "labels.csv", relabelled(items(), range(0, 20))))
    labelaudit.save_audit(new, tmp_path / "out")
    limits = (limit(scope="changes"), limit("class", "cat", scope="changes"), limit("split", "test"))
    fresh, saved = (judged(one, *limits, old=file) for one in (new, load_audit(tmp_path / "out")))
    assert fresh.summary.gate == saved.summary.gate
    assert fresh.summary.changes == saved.summary.changes
    assert fresh.summary.hidden == saved.summary.hidden
    assert [*fresh.shown_suspects()] == [*saved.shown_suspects()]


def test_a_saved_audit_that_was_judged_is_judged_anew(tmp_path: Path, audit: Audit) -> None:
    accepted = baseline(*prints(audit), "gone")
    hidden = judged(audit, limit(), hiding=dataclasses.replace(NOTHING, baseline=accepted))
    assert hidden.summary.gate.passed
    assert hidden.summary.notices[-1].code == "stale-baseline"
    labelaudit.save_audit(hidden, tmp_path / "out")
    again = judged(load_audit(tmp_path / "out"), limit()).summary
    assert not again.gate.passed
    assert again.hidden == {}
    assert again.notices == audit.summary.notices


def test_a_retrained_model_changes_no_row(tmp_path: Path, file: Path) -> None:
    other = honest_sample(n_rows=200).pred_probs[:, [0, 1, 2]] * 0.9 + 0.1 / 3
    table = items(SAMPLE.but(pred_probs=other).table())
    found = judged(audit_paths(write(tmp_path / "labels.csv", table)), limit(scope="changes"), old=file)
    assert changes_of(found) == (0, 0, 0, 0, 0)
    assert found.summary.gate.passed


def test_each_kind_of_change_is_counted_once(tmp_path: Path, file: Path) -> None:
    table = relabelled(items(), [3, 4])
    texts = [text + "!" if row in (4, 5, 6) else text for row, text in enumerate(TEXTS)]
    table = table.set_column(table.schema.get_field_index("text"), "text", pa.array(texts))
    moved = pa.concat_tables([table.slice(10), table.slice(2, 8)])  # rows 0 and 1 are gone
    added = table.slice(20, 3).set_column(0, "id", pa.array(["n1", "n2", "n3"]))
    new = audit_paths(write(tmp_path / "labels.csv", pa.concat_tables([added, moved])))
    found = judged(new, limit(scope="changes", most=200), old=file)
    assert changes_of(found) == (7, 3, 2, 2, 2)


def test_another_format_of_the_same_rows_is_no_change(tmp_path: Path, file: Path) -> None:
    for name in ("labels.parquet", "labels.jsonl", "labels.arrow"):
        new = audit_paths(write(tmp_path / name, items()))
        assert changes_of(judged(new, limit(scope="changes"), old=file)) == (0, 0, 0, 0, 0)


def test_numbers_as_ids_are_the_same_rows_in_every_format(tmp_path: Path) -> None:
    table = items(SAMPLE.but(ids=tuple(range(200))).table())
    old = write(tmp_path / "old" / "labels.csv", table)
    new = audit_paths(write(tmp_path / "labels.parquet", table))
    assert changes_of(judged(new, limit(scope="changes"), old=old)) == (0, 0, 0, 0, 0)


def test_limits_by_name_on_changed_rows_know_all_classes_and_splits(tmp_path: Path, file: Path) -> None:
    new = audit_paths(write(tmp_path / "labels.csv", relabelled(items(), [0])))
    names = [*SAMPLE.classes, "train", "test"]
    limits = [
        limit("class" if name in SAMPLE.classes else "split", name, scope="changes", most=9) for name in names
    ]
    rules = judged(new, *limits, old=file).summary.gate.rules
    assert sum(rule.rows for rule in rules if rule.about == "class") == 1
    assert {rule.of: rule.rows for rule in rules if rule.about == "split"} == {"train": 1, "test": 0}
    with pytest.raises(ConfigError, match="the class 'cow'"):
        judged(new, limit("class", "cow", scope="changes"), old=file)


def test_an_old_version_without_rows_makes_every_row_new(tmp_path: Path, audit: Audit) -> None:
    old = write(tmp_path / "old.csv", items().slice(0, 0))
    found = judged(audit, limit(scope="changes"), old=old)
    assert changes_of(found) == (200, 200, 0, 0, 0)
    assert "no-old-version" in {notice.code for notice in found.summary.notices}


def test_rows_whose_ids_were_added_all_count_as_new(tmp_path: Path, audit: Audit) -> None:
    old = write(tmp_path / "old.csv", items().drop_columns(["id"]))
    found = judged(audit, limit(scope="changes"), old=old)
    assert changes_of(found)[:2] == (200, 200)
    assert "ids-changed" in {notice.code for notice in found.summary.notices}


def test_a_column_more_edits_no_row_and_is_told(tmp_path: Path, audit: Audit) -> None:
    old = write(tmp_path / "old.csv", items().drop_columns(["text"]))
    columns = frozenset({"text"})
    versus = old_version(str(old), [], audit.input_options, audit.class_names, item_columns=columns)
    assert versus.shared == frozenset()
    found = against(audit, versus, item_columns=columns)
    assert not found.comparison.changed.any()
    assert ["'text'" in notice.message for notice in found.notices] == [True]


def test_rows_without_ids_and_content_are_told_by_number_unless_some_are_gone(tmp_path: Path) -> None:
    table = SAMPLE.table().drop_columns(["id"])
    audit = audit_paths(write(tmp_path / "labels.csv", table))
    appended_to = write(tmp_path / "shorter.csv", table.slice(0, 150))
    assert compared(audit, appended_to).comparison.changed.sum() == 50
    with pytest.raises(DataError, match="nobody can tell which of them changed"):
        compared(audit, write(tmp_path / "other.csv", table.slice(1)))


def test_what_was_scanned_is_no_old_version_of_itself(
    tmp_path: Path, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "data" / "labels.csv", items())
    (tmp_path / "link.csv").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    for name in ("data/labels.csv", "data", ".", "link.csv", str(tmp_path), "./data/../data"):
        with pytest.raises(UsageError, match="is the old version and the new one"):
            compared(audit, Path(name), Path("data"))
    # A table without labels may belong to both.
    probs = write(tmp_path / "old" / "probs.csv", SAMPLE.probs_table())
    write(tmp_path / "old" / "labels.csv", SAMPLE.labels_table())
    assert compared(audit, tmp_path / "old", path, probs).comparison.changed.all()


def test_skipped_rows_cannot_be_judged_by_what_changed(tmp_path: Path, file: Path) -> None:
    broken = items(SAMPLE.with_probs({7: [np.nan] * 3}).table())
    audit = audit_paths(write(tmp_path / "labels.csv", broken), on_bad_row="skip")
    with pytest.raises(DataError, match=r"1 rows were left out(.|\n)*repair the rows"):
        judged(audit, limit(scope="changes"), old=file)
    assert judged(audit, limit(most=200)).summary.gate.passed
