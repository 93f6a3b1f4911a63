"""A review session: decisions, what they say of the sample, what rows show, and progress."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.decisions import BATCH_NOTE, read_decisions
from labelaudit.errors import RowNotFoundError, UnreadableFileError, UsageError
from labelaudit.report.saving import save_audit
from labelaudit.reviewing.asked_rows import read_asked_rows
from labelaudit.reviewing.decided import Decided, progress_of
from labelaudit.reviewing.links import check_template
from labelaudit.reviewing.queues import QueueOptions, queue_of
from labelaudit.reviewing.session import ReviewOptions, Session
from labelaudit.scan_key import scan_key
from labelaudit.store import load_audit
from tests.builders import audit_paths, embedded_table, write

N_ROWS = 300


def table() -> pa.Table:
    plain = embedded_table(3, n_rows=N_ROWS, noise_rate=0.3)
    texts = [f"<b>row {i}</b> \x1b[31m ☃" for i in range(N_ROWS)]
    return plain.append_column("text", pa.array(texts)).append_column("colour", pa.array(["red"] * N_ROWS))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    save_audit(audit_paths(write(folder / "data.parquet", table())), folder / "audit")
    return folder


@pytest.fixture
def audit(home: Path) -> Path:
    (home / "audit" / "decisions.jsonl").unlink(missing_ok=True)
    write(home / "data.parquet", table())
    return home / "audit"


def session_at(
    audit: Path, tmp_path: Path, *, reviewer: str = "ana", reads_only: bool = False, **options: Any
) -> Session:
    return Session(audit, ReviewOptions(reviewer=reviewer, **options), tmp_path, reads_only=reads_only)


def prints(session: Session, **asked: Any) -> list[str]:
    return [item["fingerprint"] for item in session.page(limit=200, **asked)["items"]]


def test_an_item_is_what_the_page_needs(audit: Path, tmp_path: Path) -> None:
    item = session_at(audit, tmp_path).page(limit=1)["items"][0]
    assert json.loads(json.dumps(item, allow_nan=False)) == item
    assert (item["rank"], item["queue"], item["draw_prob"], item["decision"]) == (1, "ranked", None, None)
    assert item["preview"] == {
        "kind": "text",
        "src": None,
        "text": f"<b>row {item['row']}</b> \x1b[31m ☃",
        "columns": {"colour": "red"},
        "note": None,
        "link": None,
    }
    for side in ("given", "suggested"):
        near = item["neighbors"][side]
        assert 0 < len(near) <= 3
        assert {one["label"] for one in near} == {item[f"{side}_label"]}
        assert all(one["preview"]["text"] == f"<b>row {one['id'][1:]}</b> \x1b[31m ☃" for one in near)


def test_a_decision_is_as_the_contract_has_it(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path, blind=True)
    item = session.page(limit=1)["items"][0]
    session.decide(item["fingerprint"], "other", label="owl", reason="ambiguous", note="hm")
    (line,) = [json.loads(line) for line in (audit / "decisions.jsonl").read_text().splitlines()]
    assert line.pop("decided_at").endswith("+00:00")
    assert line.pop("tool_version")
    assert line == {
        "fingerprint": item["fingerprint"],
        "id": item["id"],
        "decision": "other",
        "label": "owl",
        "reason": "ambiguous",
        "note": "hm",
        "reviewer": "ana",
        "queue": "ranked",
        "draw_prob": None,
        "scan": scan_key(session.audit.summary),
        "blind": True,
        "seen": {
            "given": item["given_label"],
            "suggested": item["suggested_label"],
            "label_quality": item["label_quality"],
        },
    }


def test_a_review_goes_on_after_a_crash_and_in_a_second_browser(audit: Path, tmp_path: Path) -> None:
    first, second = session_at(audit, tmp_path), session_at(audit, tmp_path)
    worst = prints(first)
    first.decide(worst[0], "given")
    assert prints(second, undecided=True) == worst[1:]
    second.decide(worst[1], "skip")
    first.decide(worst[0], "undo")
    again = session_at(audit, tmp_path)
    assert prints(again, undecided=True) == [worst[0], *worst[2:]]
    assert again.progress()["skipped"] == 1


def test_reviewers_do_not_see_each_others_decisions(audit: Path, tmp_path: Path) -> None:
    ana, bo = session_at(audit, tmp_path), session_at(audit, tmp_path, reviewer="bo")
    ana.decide(prints(ana)[0], "given")
    assert bo.page(limit=1)["items"][0]["decision"] is None
    assert bo.progress()["decided"] == 0
    assert bo.decide(prints(bo)[0], "both")[0] == 2


def test_a_sampled_row_stays_one_when_it_is_met_again_among_the_suspects(audit: Path, tmp_path: Path) -> None:
    ranked = session_at(audit, tmp_path)
    sample = session_at(audit, tmp_path, queue=QueueOptions(sample=120))
    drawn = {item["fingerprint"]: item["draw_prob"] for item in sample.page(limit=200)["items"]}
    both = next(print_ for print_ in prints(ranked) if print_ in drawn)
    ranked.decide(both, "given")
    assert both in prints(sample, undecided=True)  # the draw is not known of that decision
    sample.decide(both, "suggested")
    assert both not in prints(sample, undecided=True)
    ranked.decide(both, "both")
    told = [json.loads(line) for line in (audit / "decisions.jsonl").read_text().splitlines()]
    assert [(line["queue"], line["draw_prob"]) for line in told] == [
        ("ranked", None),
        ("sample", drawn[both]),
        ("sample", drawn[both]),
    ]


def test_a_row_that_an_earlier_scan_drew_is_asked_about_again(audit: Path, tmp_path: Path) -> None:
    sample = session_at(audit, tmp_path, queue=QueueOptions(sample=20))
    first = sample.page(limit=1)["items"][0]
    sample.decide(first["fingerprint"], "given")
    log = audit / "decisions.jsonl"
    log.write_text(json.dumps(json.loads(log.read_text()) | {"scan": "earlier", "draw_prob": 0.9}) + "\n")
    again = session_at(audit, tmp_path, queue=QueueOptions(sample=20))
    assert first["fingerprint"] in prints(again, undecided=True)
    again.decide(first["fingerprint"], "given")
    told = json.loads(log.read_text().splitlines()[-1])
    assert (told["draw_prob"], told["scan"]) == (first["draw_prob"], first["scan"])
    assert first["fingerprint"] not in prints(again, undecided=True)


@pytest.mark.parametrize("word", ["given", "other"])
def test_a_row_that_is_not_in_the_queue_is_refused(audit: Path, tmp_path: Path, word: str) -> None:
    with pytest.raises(RowNotFoundError):
        session_at(audit, tmp_path).decide("0" * 16, word, label="owl")
    assert read_decisions(audit / "decisions.jsonl") == []


def test_rows_that_changed_since_the_audit_are_told_and_the_others_shown(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path)
    worst = session.rows([0])[0]
    changed = table().to_pylist()
    changed[worst.row]["label"] = worst.suggested_label
    pq.write_table(pa.Table.from_pylist(changed, schema=table().schema), audit.parent / "data.parquet")
    items = session.page(limit=20)["items"]
    assert items[0]["preview"]["kind"] == "columns"
    assert "when it was audited" in items[0]["preview"]["note"]
    assert all(item["preview"]["text"] for item in items[1:])


def test_rows_whose_file_is_gone_can_still_be_decided(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path)
    (audit.parent / "data.parquet").unlink()
    items = session.page(limit=5)["items"]
    assert {item["preview"]["note"] for item in items} == {"is not there any more"}
    assert session.decide(items[0]["fingerprint"], "given")[0] == 1


def test_a_template_gives_every_row_a_link(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path, url_template="https://photos.example/{split}/{id}?row={row}")
    item = session.page(limit=1)["items"][0]
    assert item["preview"]["link"] == f"https://photos.example//{item['id']}?row={item['row']}"


@pytest.mark.parametrize(
    "template",
    ["javascript:alert({id})", "file:///{id}", "{id}", "https://{name}", "https://x/{id", "https://x/{}",
     "https://x/{id.__class__}", "https://x/{row[0]}", "https:///{id}"],
)  # fmt: skip
def test_a_template_that_is_no_address_is_refused(template: str) -> None:
    with pytest.raises(UsageError):
        check_template(template)


def test_facets_count_what_filters_leave(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path)
    facets = session.facets()
    assert sum(n for _, n in facets["pairs"]) == len(session.queue)
    items = session.page(limit=200)["items"]
    for code, n in facets["rules"]:
        assert n == sum(code in item["rules"] for item in items)


# --- progress -------------------------------------------------------------------------------------------


def said(number: int, word: str, second: int = 0, reviewer: str = "ana") -> dict[str, Any]:
    minute, second = divmod(second, 60)
    at = f"2026-11-21T10:{minute:02}:{second:02}.000+00:00"
    return {"fingerprint": f"f{number}", "decision": word, "reviewer": reviewer, "decided_at": at}


def test_progress_counts_errors_by_rule_and_leaves_out_skips_and_pauses() -> None:
    decided = Decided("ana")
    rules = {f"f{i}": ["LA101"] if i % 2 else ["LA101", "LA201"] for i in range(10)}
    words = ["given", "suggested", "both", "neither", "other", "skip"]
    for i, word in enumerate(words):
        decided.absorb(said(i, word, 6 * i + (600 if i > 2 else 0)))
    decided.absorb(said(7, "given", reviewer="bo"))
    decided.absorb(said(0, "nonsense"))
    assert progress_of(decided, rules) == {
        "decided": 5,
        "skipped": 1,
        "total": 10,
        "by_rule": {"LA101": {"errors": 3, "decided": 5}, "LA201": {"errors": 1, "decided": 3}},
        "by_pair": {},
        "pace_per_minute": 10.0,
        "last_50": 5,
        "last_50_errors": 3,
    }


def test_the_last_ten_of_a_class_pair_are_counted_without_batches() -> None:
    decided = Decided("ana")
    seen = {"seen": {"given": "Öre", "suggested": "b"}}
    for i in range(14):
        word = "given" if i < 4 or i == 9 else "suggested"
        decided.absorb(said(i, word) | seen)
        decided.absorb(said(20 + i, "suggested") | seen | {"note": "accepted in a batch"})
        decided.absorb(said(40 + i, "skip") | seen)
    found = progress_of(decided, {f"f{i}": [] for i in range(80)})
    assert found["by_pair"] == {'["Öre","b"]': 9}
    for i in range(5):
        decided.absorb(said(i, "undo"))
    assert progress_of(decided, {f"f{i}": [] for i in range(80)})["by_pair"] == {}


def test_only_the_last_fifty_tell_whether_to_go_on() -> None:
    decided = Decided("ana")
    for i in range(80):
        decided.absorb(said(i, "suggested" if i < 35 else "given"))
    found = progress_of(decided, {f"f{i}": [] for i in range(80)})
    assert (found["last_50"], found["last_50_errors"]) == (50, 5)


def test_what_was_taken_back_or_is_no_longer_in_the_queue_does_not_count() -> None:
    decided = Decided("ana")
    for number, word in ((1, "given"), (1, "undo"), (2, "suggested"), (99, "given")):
        decided.absorb(said(number, word))
    assert progress_of(decided, {"f1": [], "f2": []})["decided"] == 1


def test_what_came_in_a_batch_is_done_and_measures_nothing() -> None:
    decided = Decided("ana")
    for i in range(10):
        decided.absorb(said(i, "suggested", 6 * i))
    for i in range(10, 60):
        decided.absorb(said(i, "suggested", 60) | {"note": BATCH_NOTE})
    found = progress_of(decided, {f"f{i}": ["LA101"] for i in range(80)})
    assert (found["decided"], found["last_50"], found["last_50_errors"]) == (60, 10, 10)
    assert found["by_rule"] == {"LA101": {"errors": 10, "decided": 10}}
    assert found["pace_per_minute"] == 10.0


@pytest.mark.parametrize("queue", [QueueOptions(sample=120), QueueOptions(controls=0.5)])
def test_neither_a_sample_nor_controls_are_accepted_in_a_batch(
    audit: Path, tmp_path: Path, queue: QueueOptions
) -> None:
    session = session_at(audit, tmp_path, queue=queue)
    items = session.page(limit=200)["items"]
    not_ranked = next(item for item in items if item["queue"] != "ranked")
    with pytest.raises(UsageError, match="batch"):
        session.decide(not_ranked["fingerprint"], "suggested", note=BATCH_NOTE)
    assert read_decisions(audit / "decisions.jsonl") == []


def test_a_row_that_was_drawn_is_told_so_among_the_suspects_and_kept_out_of_batches(
    audit: Path, tmp_path: Path
) -> None:
    ranked = session_at(audit, tmp_path)
    sample = session_at(audit, tmp_path, queue=QueueOptions(sample=120))
    drawn = next(print_ for print_ in prints(sample) if print_ in prints(ranked))
    sample.decide(drawn, "given")
    sample.decide(drawn, "undo")
    item = next(item for item in ranked.page(limit=200)["items"] if item["fingerprint"] == drawn)
    assert item["queue"] == "sample"
    assert item["draw_prob"] > 0
    with pytest.raises(UsageError, match="batch"):
        ranked.decide(drawn, "suggested", note=BATCH_NOTE)


def test_a_review_that_only_reads_leaves_the_audit_as_it_is(audit: Path, tmp_path: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in [audit, *audit.iterdir()]}
    session = session_at(audit, tmp_path, reads_only=True)
    assert session.page(limit=1)["total"] > 0
    assert {path.name: path.stat().st_mtime_ns for path in [audit, *audit.iterdir()]} == before


def test_a_review_that_only_reads_knows_what_was_decided(audit: Path, tmp_path: Path) -> None:
    writing = session_at(audit, tmp_path)
    writing.decide(prints(writing)[0], "both")
    with (audit / "decisions.jsonl").open("a") as log:
        log.write('{"torn')
    reading = session_at(audit, tmp_path, reads_only=True)
    assert reading.page(limit=1)["items"][0]["decision"]["decision"] == "both"
    assert (audit / "decisions.jsonl").read_text().endswith('{"torn')


# --- rows that a file asks about ------------------------------------------------------------------------


def asked(path: Path, *rows: dict[str, Any]) -> QueueOptions:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return QueueOptions(asked=read_asked_rows(path))


def test_a_file_asks_about_rows_of_all_kinds_in_its_order(audit: Path, tmp_path: Path) -> None:
    mixed = queue_of(load_audit(audit), QueueOptions(controls=0.5)).rows.to_pylist()
    control = next(row for row in mixed if row["queue"] == "control")
    suspect = next(row for row in mixed if row["queue"] == "ranked")
    wanted = [{"fingerprint": row["fingerprint"], "id": row["id"]} for row in (control, suspect, control)]
    gone = {"fingerprint": "0" * 16, "id": "lost"}
    session = session_at(audit, tmp_path, queue=asked(tmp_path / "q.jsonl", gone, *wanted))
    items = session.page()["items"]
    assert [item["fingerprint"] for item in items] == [row["fingerprint"] for row in wanted[:2]]
    assert {(item["queue"], item["draw_prob"]) for item in items} == {("ranked", None)}
    assert items[1]["rank"] == suspect["rank"]
    assert session.queue.gone == ("lost",)


def test_what_was_decided_before_a_conflict_is_asked_anew(audit: Path, tmp_path: Path) -> None:
    first = session_at(audit, tmp_path)
    print_ = prints(first)[0]
    first.decide(print_, "given")
    (line,) = (audit / "decisions.jsonl").read_text().splitlines()
    row = {"fingerprint": print_, "id": "1", "decided_at": json.loads(line)["decided_at"]}
    second = session_at(audit, tmp_path, queue=asked(tmp_path / "q.jsonl", row))
    assert second.page(undecided=True)["items"][0]["decision"] is None
    sleep(0.01)
    assert second.decide(print_, "both")[1]["decided"] == 1
    assert second.page(undecided=True)["total"] == 0


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", UsageError, "no row is left"),
        ("\n\n", UsageError, "no row is left"),
        ('{"fingerprint": "0123456789abcdef", "id": "7"}\n', UsageError, "none of the 1 rows .* '7'"),
        ('{"fingerprint": "☃"}\n', UsageError, "none of the 1 rows"),
        ('{"fingerprint": "f"}\n{"fing', UnreadableFileError, "asks about no row"),
        ("[1]\n", UnreadableFileError, "asks about no row"),
        ('{"id": "7"}\n', UnreadableFileError, "asks about no row"),
        ('{"fingerprint": 7}\n', UnreadableFileError, "asks about no row"),
    ],
)
def test_a_file_that_asks_about_no_row_of_the_audit_is_refused(
    audit: Path, tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    (tmp_path / "q.jsonl").write_text(text)
    with pytest.raises(error, match=said):
        queue_of(load_audit(audit), QueueOptions(asked=read_asked_rows(tmp_path / "q.jsonl")))


# --- blind ----------------------------------------------------------------------------------------------


def test_who_types_one_of_the_two_labels_means_that_one(audit: Path, tmp_path: Path) -> None:
    session = session_at(audit, tmp_path, blind=True)
    first, second = session.page(limit=2)["items"]
    session.decide(first["fingerprint"], "other", label=first["given_label"])
    session.decide(second["fingerprint"], "other", label=second["suggested_label"])
    found = [(one.word, one.label) for one in read_decisions(audit / "decisions.jsonl")]
    assert found == [("given", None), ("suggested", second["suggested_label"])]


def test_blind_nothing_goes_by_the_given_label(audit: Path, tmp_path: Path) -> None:
    assert session_at(audit, tmp_path, blind=True).facets()["pairs"] == []
    with pytest.raises(UsageError, match="blind"):
        session_at(audit, tmp_path, blind=True, order="class")
