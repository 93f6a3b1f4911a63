"""A review session: decisions, what they say of the sample, what rows show, and progress."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.decisions import read_decisions
from labelaudit.errors import RowNotFoundError, UsageError
from labelaudit.report.saving import save_audit
from labelaudit.reviewing.decided import Decided, progress_of
from labelaudit.reviewing.links import check_template
from labelaudit.reviewing.queues import QueueOptions
from labelaudit.reviewing.session import ReviewOptions, Session
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


def session_at(audit: Path, tmp_path: Path, *, reviewer: str = "ana", **options: Any) -> Session:
    return Session(audit, ReviewOptions(reviewer=reviewer, **options), tmp_path)


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
    assert progress_of(decided, rules, in_sample=False) == {
        "decided": 5,
        "skipped": 1,
        "total": 10,
        "by_rule": {"LA101": {"errors": 3, "decided": 5}, "LA201": {"errors": 1, "decided": 3}},
        "pace_per_minute": 10.0,
        "last_50": 5,
        "last_50_errors": 3,
    }


def test_only_the_last_fifty_tell_whether_to_go_on() -> None:
    decided = Decided("ana")
    for i in range(80):
        decided.absorb(said(i, "suggested" if i < 35 else "given"))
    found = progress_of(decided, {f"f{i}": [] for i in range(80)}, in_sample=False)
    assert (found["last_50"], found["last_50_errors"]) == (50, 5)


def test_what_was_taken_back_or_is_no_longer_in_the_queue_does_not_count() -> None:
    decided = Decided("ana")
    for number, word in ((1, "given"), (1, "undo"), (2, "suggested"), (99, "given")):
        decided.absorb(said(number, word))
    assert progress_of(decided, {"f1": [], "f2": []}, in_sample=False)["decided"] == 1
