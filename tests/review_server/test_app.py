"""The review page's server: what it answers, and whom it does not."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from labelaudit.decisions import read_decisions
from labelaudit.errors import OutputError
from labelaudit.review_server.asked import LARGEST_BODY
from tests.builders import embedded_table, write
from tests.review_server.visiting import BASE, TOKEN, Visitor, saved_audit, session_at

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of rows with pictures: honest ones, and names that lead elsewhere."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "data"
    (folder / "images").mkdir(parents=True)
    (home / "secret.png").write_bytes(PNG)
    (folder / "key.png").write_bytes(SECRET)
    (folder / "link.png").symlink_to(home / "secret.png")
    (folder / "inside.png").symlink_to(folder / "images" / "r0.png")
    (folder / "away").symlink_to(home)
    (folder / "round.png").symlink_to(folder / "round.png")
    os.mkfifo(folder / "pipe.png")
    bad = ["../secret.png", str(home / "secret.png"), "link.png", "away/secret.png", "key.png", "round.png"]
    bad += ["pipe.png", "images", "/etc/passwd", "images/../../secret.png", "nul\0.png", "x" * 5000]
    bad += [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "inside.png",
    ]
    table = embedded_table(3, n_rows=300, noise_rate=0.3)
    names = [f"images/r{i}.png" for i in range(table.num_rows)]
    for name in names:
        (folder / name).write_bytes(PNG + name.encode())
    suspects = _suspects_of(folder, table.append_column("image", pa.array(names)))
    for name, row in zip(bad, suspects, strict=False):
        names[row] = name
    write(folder / "data.parquet", table.append_column("image", pa.array(names)))
    return saved_audit(home / "audit", folder)


def _suspects_of(folder: Path, table: pa.Table) -> list[int]:
    audit = saved_audit(folder.with_name("first"), write(folder / "data.parquet", table))
    return [json.loads(line)["row"] for line in (audit / "suspects.jsonl").read_text().splitlines()]


@pytest.fixture
def visitor(audited: Path, tmp_path: Path) -> Iterator[Visitor]:
    yield Visitor(session_at(audited, tmp_path / "unpacked"))
    (audited / "decisions.jsonl").unlink(missing_ok=True)


def worst(visitor: Visitor) -> dict[str, Any]:
    return visitor.items(limit=1)[0]


def decision(visitor: Visitor, word: str = "given", **more: Any) -> dict[str, Any]:
    return {"fingerprint": worst(visitor)["fingerprint"], "decision": word} | more


# --- what a reviewer is answered --------------------------------------------------------------------------


def test_the_first_address_brings_the_page_and_a_cookie(visitor: Visitor) -> None:
    answer = visitor.get(f"/?token={TOKEN}", {"cookie": ""})
    assert answer.status_code == 200
    assert 'id="labelaudit-data"' in answer.text
    assert TOKEN not in answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"labelaudit={TOKEN};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert visitor.get("/").status_code == 200  # and the cookie will do from there


def test_items_come_in_pages_and_a_decision_goes_into_the_log(visitor: Visitor, audited: Path) -> None:
    items = visitor.items(limit=3)
    assert [item["rank"] for item in items] == [1, 2, 3]
    assert visitor.items(limit=1, offset=2) == items[2:]
    answer = visitor.post(decision(visitor, "suggested", reason="ambiguous", note="hm ☃", queue="sample"))
    assert answer.status_code == 201
    assert answer.json()["line"] == 1
    assert answer.json()["progress"]["decided"] == 1
    (found,) = read_decisions(audited / "decisions.jsonl")
    assert (found.word, found.label, found.reviewer) == ("suggested", items[0]["suggested_label"], "ana")
    assert (found.record["queue"], found.record["draw_prob"], found.record["note"]) == (
        "ranked",
        None,
        "hm ☃",
    )
    assert worst(visitor)["decision"]["decision"] == "suggested"
    assert visitor.items(limit=1, undecided="true")[0] == items[1]
    assert visitor.get("/api/progress").json() == answer.json()["progress"]


def test_filters_narrow_the_items(visitor: Visitor) -> None:
    first = worst(visitor)
    pair = json.dumps([first["given_label"], first["suggested_label"]])
    found = visitor.items(pair=pair, limit=200)
    assert 0 < len(found) < len(visitor.items(limit=200))
    assert {(item["given_label"], item["suggested_label"]) for item in found} == {tuple(json.loads(pair))}
    assert visitor.items(rule="LA999") == visitor.items(split="nowhere") == []


def test_a_picture_comes_by_fingerprint_and_may_run_nothing(visitor: Visitor) -> None:
    item = next(item for item in visitor.items(limit=200) if item["preview"]["kind"] == "image")
    answer = visitor.get(f"/{item['preview']['src']}")
    assert answer.status_code == 200
    assert answer.content.startswith(PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    near = item["neighbors"]["given"] + item["neighbors"]["suggested"]
    assert near
    for one in near:
        if one["preview"]["src"]:
            assert visitor.get(f"/{one['preview']['src']}").status_code == 200


# --- who does not get in ----------------------------------------------------------------------------------

PATHS = ["/", "/api/items", "/api/progress", "/media/0123456789abcdef", "/nothing", "/favicon.ico"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": ""},
        {"cookie": "labelaudit="},
        {"cookie": f"labelaudit={TOKEN}x"},
        {"cookie": f"labelaudit={TOKEN[:-1]}"},
        {"cookie": f"other={TOKEN}"},
        {"cookie": "labelaudit=\xe9"},
        {"cookie": ";;=;\\"},
        {"cookie": "", "authorization": f"Bearer {TOKEN}"},
        {"cookie": "", "referer": f"{BASE}/?token={TOKEN}"},
    ],
    ids=str,
)
def test_no_or_another_token_is_refused_everywhere(
    visitor: Visitor, path: str, headers: dict[str, str]
) -> None:
    answer = visitor.get(path, {name: value.encode("latin-1") for name, value in headers.items()})  # type: ignore[misc]
    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    "query", ["token=", "token=x", "token=%ff%00", "Token=" + TOKEN, "token[]=" + TOKEN, "token=é", "&&==%"]
)
def test_another_token_in_the_address_is_refused(visitor: Visitor, query: str) -> None:
    assert visitor.get(f"/?{query}", {"cookie": ""}).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8765", "evil@127.0.0.1", "[::2]",
     "127.0.0.1:x", "127.0.0.2", "0.0.0.0:8765", "[", "127.0.0.1/..", "127.0.0.1#", " ", "127.0.0.1:0"],
)  # fmt: skip
def test_another_host_is_refused(visitor: Visitor, host: str) -> None:
    assert visitor.get("/api/items", {"host": host}).status_code == 400
    answer = visitor.post(decision(visitor), {"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:9000", "[::1]:1", "127.0.0.1"]
)
def test_loopback_has_many_names_and_tunnels_other_ports(visitor: Visitor, host: str) -> None:
    answer = visitor.post(decision(visitor), {"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://evil.example", "https://127.0.0.1:8765", "http://127.0.0.1", "http://127.0.0.1:8766",
     "http://localhost:8765", "http://127.0.0.1:8765/", "http://127.0.0.1:8765.evil.example"],
)  # fmt: skip
def test_a_decision_from_another_page_is_refused(visitor: Visitor, audited: Path, origin: str) -> None:
    assert visitor.post(decision(visitor), {"origin": origin}).status_code == 403
    assert read_decisions(audited / "decisions.jsonl") == []
    if origin:
        assert visitor.get("/api/items", {"origin": origin}).status_code == 403


def test_a_script_of_another_site_is_refused_although_the_browser_sends_the_cookie(visitor: Visitor) -> None:
    cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert visitor.get("/api/items", cross).status_code == 403
    assert visitor.get("/api/items", {**cross, "sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/api/items", "/api/decisions", "/media/x"])
def test_other_methods_are_refused(visitor: Visitor, method: str, path: str) -> None:
    assert visitor.ask(method, path, {"origin": BASE}).status_code == 405
    assert visitor.ask(method, path).status_code == 403


# --- pictures of the dataset only -------------------------------------------------------------------------


def test_names_that_lead_elsewhere_show_nothing_of_it(visitor: Visitor) -> None:
    items = {item["row"]: item for item in visitor.items(limit=200)}
    refused = [item for item in items.values() if item["preview"]["kind"] != "image"]
    assert len(refused) == 15
    for item in refused:
        preview = item["preview"]
        assert preview["kind"] == "columns"
        assert preview["src"] is None
        assert preview["note"]
        answer = visitor.get(f"/media/{item['fingerprint']}")
        assert answer.status_code == 404
        assert PNG not in answer.content
    assert sum("outside of the dataset" in item["preview"]["note"] for item in refused) == 6


def test_a_link_within_the_dataset_is_followed(visitor: Visitor, audited: Path) -> None:
    inside = visitor.items(limit=1, offset=15)[0]
    assert inside["preview"]["kind"] == "image"
    assert visitor.get(f"/media/{inside['fingerprint']}").content == PNG + b"images/r0.png"


def test_a_picture_swapped_for_a_link_after_it_was_shown_is_refused(visitor: Visitor, audited: Path) -> None:
    item = [item for item in visitor.items(limit=200) if item["preview"]["kind"] == "image"][-1]
    assert visitor.get(f"/{item['preview']['src']}").status_code == 200
    file = audited.parent / "data" / f"images/{item['id']}.png"
    file.unlink()
    file.symlink_to(audited.parent / "secret.png")
    try:
        assert visitor.get(f"/{item['preview']['src']}").status_code == 404
    finally:
        file.unlink()
        file.write_bytes(PNG + f"images/{item['id']}.png".encode())


@pytest.mark.parametrize(
    "path",
    ["/media/", "/media/../secret.png", "/media/..%2f..%2fetc%2fpasswd", "/media/%2e%2e/x",
     "/media/r0.png", "/media/images/r0.png", "/media/%00", "/media/%ff%fe", "/media/" + "a" * 3000,
     "//etc/passwd", "/..%2fdata/key.png", "/media\\..\\key.png", "/static/../app.py", "/page.js"],
)  # fmt: skip
def test_no_path_leads_to_a_file(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


# --- wrong requests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["offset=-1", "offset=x", "offset=1e3", "offset=٣", "offset=99999999999999999999", "limit=201",
     "limit=-0", "order=best", "undecided=maybe", "pair=cat", "pair=[]", 'pair=["a"]', 'pair=["a",1]',
     "pair={", "pair=null", "pair=" + "[" * 5000],
)  # fmt: skip
def test_a_wrong_query_is_told(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/api/items?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "no UTF-8": (b"\xff\xfe{}", 400),
    "a list": (b"[]", 400),
    "a text": (b'"given"', 400),
    "null": (b"null", 400),
    "deep": (b"[" * 60_000, 400),
    "deep objects": (b'{"a":' * 12_000, 400),
    "a long number": (b'{"fingerprint":' + b"9" * 60_000 + b"}", 400),
    "no fingerprint": (b'{"decision":"given"}', 400),
    "no decision": (b'{"fingerprint":"f"}', 400),
    "a fingerprint that is a list": (b'{"fingerprint":["f"],"decision":"given"}', 400),
    "a decision that is true": (b'{"fingerprint":"f","decision":true}', 400),
    "a note that is an object": (b'{"fingerprint":"f","decision":"given","note":{}}', 400),
    "half a character": (b'{"fingerprint":"f","decision":"given","note":"\\ud800"}', 400),
    "an unknown reason": (b'{"fingerprint":"f","decision":"given","reason":"boredom"}', 400),
    "an unknown row": (b'{"fingerprint":"../../etc/passwd","decision":"given"}', 404),
    "huge": (b'{"note":"' + b"x" * LARGEST_BODY + b'"}', 413),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_decision_is_refused(
    visitor: Visitor, audited: Path, body: bytes, status: int
) -> None:
    answer = visitor.post(body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert read_decisions(audited / "decisions.jsonl") == []


@pytest.mark.parametrize(
    "more",
    [{"decision": "delete"}, {"decision": ""}, {"decision": "other"}, {"decision": "other", "label": "cow"},
     {"decision": "other", "label": ""}, {"note": "x" * 2001}],
    ids=str,
)  # fmt: skip
def test_a_decision_that_means_nothing_is_refused(
    visitor: Visitor, audited: Path, more: dict[str, str]
) -> None:
    assert visitor.post(decision(visitor) | more).status_code == 400
    assert read_decisions(audited / "decisions.jsonl") == []


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_a_form_of_another_site_could_send_is_refused(visitor: Visitor, kind: str) -> None:
    assert visitor.post(decision(visitor), {"content-type": kind}).status_code == 415


def test_a_full_disk_is_told_and_nothing_is_taken_for_kept(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(record: object) -> int:
        raise OutputError("No space left on device", file="decisions.jsonl")

    wanted = decision(visitor)
    monkeypatch.setattr(visitor.session.log, "append", full)
    answer = visitor.post(wanted)
    assert answer.status_code == 507
    assert "No space left" in answer.json()["error"]
    assert worst(visitor)["decision"] is None


def test_a_bug_is_no_traceback_to_the_visitor(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor.session, "progress", lambda: 1 // 0)
    answer = visitor.get("/api/progress")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text


# --- many at once -----------------------------------------------------------------------------------------


def test_a_thousand_requests_at_once_are_each_answered_as_they_deserve(
    visitor: Visitor, audited: Path
) -> None:
    prints = [item["fingerprint"] for item in visitor.items(limit=20)]

    async def crowd(client: httpx.AsyncClient) -> list[httpx.Response]:
        mine = {"cookie": f"labelaudit={TOKEN}", "origin": BASE, "content-type": "application/json"}

        def one(number: int) -> Any:
            body = {"fingerprint": prints[number % 20], "decision": "given", "note": str(number)}
            match number % 4:
                case 0:
                    return client.post("/api/decisions", headers=mine, json=body)
                case 1:
                    return client.post("/api/decisions", headers={**mine, "cookie": ""}, json=body)
                case 2:
                    return client.post("/api/decisions", headers={**mine, "origin": "http://evil"}, json=body)
                case _:
                    return client.get("/api/items?limit=3", headers=mine | {"origin": BASE})

        return await asyncio.gather(*(one(number) for number in range(1000)))

    answers = visitor.together(crowd)
    assert [answer.status_code for answer in answers] == [201, 403, 403, 200] * 250
    lines = [json.loads(line) for line in (audited / "decisions.jsonl").read_text().splitlines()]
    assert len(lines) == 250
    for number, answer in enumerate(answers):
        if answer.status_code == 201:
            assert lines[answer.json()["line"] - 1]["note"] == str(number)
