"""The same page with a server behind it: a decision is on the disk before the page moves on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from labelaudit.auditing import audit
from labelaudit.opening import open_dataset
from labelaudit.report.saving import save_audit
from labelaudit.reviewing.session import ReviewOptions, Session
from labelaudit.store import load_audit
from tests.review_page.conftest import Look

pytestmark = pytest.mark.flaky(reruns=2)  # a browser on a busy machine may be late

KEYS = ("1", "2", "3", "4", "Space")
uvicorn = pytest.importorskip("uvicorn", reason="the extra 'review' is not installed")


@contextmanager
def served(look: Look, folder: Path, **how: Any) -> Iterator[list[str]]:
    """Open a review of an audit, answered by a thread; gives the ids of its worst rows."""
    from labelaudit.review_server.app import review_app
    from labelaudit.review_server.running import _listening

    unpacked = folder.parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    session = Session(folder, ReviewOptions(reviewer="ana", **how), unpacked)
    listener = _listening(0)
    app = review_app(session, name=folder.name, token="secret")
    config = uvicorn.Config(
        app, log_level="error", http="h11", ws="none", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    ids = [suspect.id for suspect in session.audit.suspects(40)]
    try:
        look.page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/?token=secret")
        look.is_at(ids[0])
        yield ids
        look.page.goto("about:blank")  # nothing is fetched ahead from a server that is gone
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved audit of the digits."""
    return scan(Path("sample_data/digits"), tmp_path_factory.mktemp("served") / "digits-audit")


def scan(data: Path, folder: Path) -> Path:
    """Audit and save."""
    with open_dataset([str(data)]) as dataset:
        save_audit(audit(dataset), folder)
    return folder


@pytest.fixture
def folder(scanned: Path) -> Path:
    """The audit without decisions."""
    (scanned / "decisions.jsonl").unlink(missing_ok=True)
    return scanned


def kept_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "decisions.jsonl").read_text("utf-8").splitlines()]


def test_thirty_decisions_by_keyboard_are_on_the_disk(look: Look, folder: Path) -> None:
    with served(look, folder) as ids:
        started = time.perf_counter()
        for i in range(30):
            look.is_at(ids[i])
            look.press(KEYS[i % 5])
            assert len(kept_in(folder)) >= i
        look.is_at(ids[30])
        assert time.perf_counter() - started < 30
    kept = kept_in(folder)
    assert [record["id"] for record in kept] == ids[:30]
    assert [record["decision"] for record in kept] == ["given", "suggested", "both", "neither", "skip"] * 6


def test_after_a_reload_it_goes_on_and_can_still_undo(look: Look, folder: Path) -> None:
    with served(look, folder) as ids:
        for i in range(3):
            look.is_at(ids[i])
            look.press("2")
        look.is_at(ids[3])
        look.page.reload()
        look.is_at(ids[3])
        look.says("#counts", "3 of 104 decided")
        look.press("u")
        look.is_at(ids[2])
        look.says("#counts", "2 of 104 decided")
    assert [record["decision"] for record in kept_in(folder)] == [*["suggested"] * 3, "undo"]


def test_a_filter_and_another_class_reach_the_server(look: Look, folder: Path) -> None:
    with served(look, folder):
        look.press("/")
        pair = look.page.locator("#filter-pair option").nth(1).get_attribute("value")
        given, suggested = json.loads(str(pair))
        look.page.select_option("#filter-pair", pair)
        look.page.get_by_role("button", name="Show", exact=True).click()
        look.says("#hints", f"Shown: {given} → {suggested}")
        look.says("#choice-1", given)
        look.says("#choice-2", suggested)
        look.press("5")
        look.page.locator("#class-typed").wait_for()
        first = look.text("[role=option]")
        look.press("Enter")
        look.says("#counts", "1 of 104 decided")
        look.press("2")
        look.says("#counts", "2 of 104 decided")
    kept = kept_in(folder)
    assert (kept[0]["decision"], kept[0]["label"]) == ("other", first)
    assert {record["seen"]["given"] for record in kept} == {given}
    assert [record["label"] for record in kept[1:]] == [suggested]


def test_a_batch_is_written_a_decision_a_line(look: Look, tmp_path: Path) -> None:
    table = tmp_path / "pets.csv"
    rows = [("cat", 0.97 - i / 1000) for i in range(60)] + [("dog", 0.03 + i / 1000) for i in range(60)]
    rows += [("cat", 0.04 + i / 1000) for i in range(25)]
    lines = [f"{i},{label},{p:.3f},{1 - p:.3f}" for i, (label, p) in enumerate(rows)]
    table.write_text("\n".join(["id,label,cat,dog", *lines, ""]))
    folder = scan(table, tmp_path / "pets-audit")
    n_rows = load_audit(folder).summary.n_suspects
    with served(look, folder):
        for n in range(1, 11):
            look.press("2")
            look.says("#counts", f"{n} of {n_rows} decided")
        look.says("#hints", "10 decided one by one in cat → dog.")
        look.press("b")
        look.page.get_by_role("button", name=f"Accept {n_rows - 10}").click()
        look.says("#done-title", "Every item is decided")
    kept = kept_in(folder)
    assert [(record["decision"], record["label"]) for record in kept] == [("suggested", "dog")] * n_rows
    assert [record["note"] for record in kept] == [None] * 10 + ["accepted in a batch"] * (n_rows - 10)


def test_blind_is_recorded_and_shows_no_roles(look: Look, folder: Path) -> None:
    with served(look, folder, blind=True):
        assert "Given" not in look.page.locator("main").first.inner_text()
        look.press("1")
        look.says("#counts", "1 of 104 decided")
    assert kept_in(folder)[0]["blind"] is True


def test_what_could_not_be_kept_stays_on_the_screen(look: Look, folder: Path) -> None:
    with served(look, folder) as ids:
        look.page.route(
            "**/api/decisions", lambda route: route.fulfill(status=507, body='{"error": "disk full"}')
        )
        look.press("2")
        look.says("#alert", "Not saved: disk full")
        look.page.unroute("**/api/decisions")
        look.page.locator("#retry").click()
        look.is_at(ids[1])
        assert look.text("#alert") == ""
    assert len(kept_in(folder)) == 1
    look.complaints = [told for told in look.complaints if "507" not in told]


def test_leaving_is_asked_about_while_a_decision_is_on_its_way(look: Look, folder: Path) -> None:
    asked: list[str] = []
    look.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with served(look, folder):
        look.page.route("**/api/decisions", lambda route: None)  # never answered
        look.page.keyboard.press("2")
        look.page.locator("body.waiting").wait_for()
        look.page.reload()
    assert asked == ["beforeunload"]


def test_the_next_item_is_there_within_a_tenth_of_a_second(look: Look, folder: Path) -> None:
    with served(look, folder):
        look.page.evaluate(
            """() => {
              window.times = [];
              let pressed = 0;
              addEventListener("keydown", () => (pressed = performance.now()), true);
              new MutationObserver(() => window.times.push(performance.now() - pressed)).observe(
                document.querySelector("#item-title"), { childList: true });
            }"""
        )
        for n in range(1, 21):
            look.press("1")
            look.says("#counts", f"{n} of 104 decided")
        times = sorted(look.page.evaluate("window.times"))
    assert len(times) == 20
    assert times[15] < 100
