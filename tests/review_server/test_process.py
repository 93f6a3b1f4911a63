"""The server as a process: nothing confirmed is lost when it is killed, and it ends as it should."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from labelaudit.decisions import read_decisions
from tests.builders import embedded_table, write
from tests.review_server.visiting import saved_audit

KILLS = 20
DECISIONS = 500
WORDS = ("given", "suggested", "both", "neither", "skip", "undo")


class Server:
    """`labelaudit review serve` in a process of its own."""

    def __init__(self, audit: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labelaudit", "review", "serve", str(audit), "--no-open", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        """Until it has told its address."""
        assert self.process.stdout
        address = urlsplit(self.process.stdout.readline().strip())
        self.port = address.port or 0
        self.token = parse_qs(address.query)["token"][0]

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(
        self, connection: http.client.HTTPConnection, path: str, body: object = None
    ) -> tuple[int, dict[str, object]]:
        headers = {"Cookie": f"labelaudit-{self.port}={self.token}"}
        if body is None:
            connection.request("GET", path, headers=headers)
        else:
            headers |= {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def once(self, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """Ask on a connection of its own."""
        connection = self.connect()
        try:
            return self.ask(connection, path, body)
        finally:
            connection.close()

    def stop(self, how: signal.Signals = signal.SIGKILL) -> tuple[int, str]:
        self.process.send_signal(how)
        _, told = self.process.communicate(timeout=20)
        return self.process.returncode, told


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited")
    table = embedded_table(3, n_rows=300, noise_rate=0.3)
    return saved_audit(folder / "audit", write(folder / "data.parquet", table))


@pytest.fixture
def audit(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "audit"))


@pytest.fixture
def server(audit: Path) -> Iterator[Server]:
    server = Server(audit)
    server.wait()
    yield server
    if server.process.poll() is None:
        server.stop()


def test_every_decision_that_was_confirmed_survives_twenty_kills(audit: Path) -> None:
    chance = random.Random(20)
    confirmed: dict[int, dict[str, object]] = {}  # by line
    numbers = iter(range(10**6))
    # Several on one audit: the next ones get ready while one is at work.
    servers = deque(Server(audit) for _ in range(3))
    servers[0].wait()
    items = servers[0].once("/api/items?limit=200")[1]["items"]
    prints = [item["fingerprint"] for item in items]  # type: ignore[attr-defined]

    def decide(server: Server, until: int) -> None:
        connection = server.connect()
        try:
            while len(confirmed) < until:
                number = next(numbers)
                body = {
                    "fingerprint": prints[number % len(prints)],
                    "decision": WORDS[number % len(WORDS)],
                    "note": f"{number} ☃" + "x" * (number % 300),
                }
                status, answer = server.ask(connection, "/api/decisions", body)
                assert status == 201
                assert answer["line"] not in confirmed
                confirmed[int(str(answer["line"]))] = body
        except (OSError, http.client.HTTPException, ValueError):
            pass  # it was killed
        finally:
            connection.close()

    for kill in range(KILLS + 1):
        running = servers.popleft()
        servers.append(Server(audit))
        until = DECISIONS if kill == KILLS else (kill + 1) * (DECISIONS // (KILLS + 1)) + chance.randrange(12)
        clients = [threading.Thread(target=decide, args=(running, 10**6)) for _ in range(3)]
        for client in clients:
            client.start()
        while len(confirmed) < until:
            time.sleep(chance.random() / 200)
        running.stop()
        for client in clients:
            client.join()
        servers[0].wait()
    status, answer = servers[0].once("/api/decisions", {"fingerprint": prints[0], "decision": "both"})
    assert (status, answer["line"]) == (201, len((audit / "decisions.jsonl").read_text().splitlines()))
    for server in servers:
        server.stop()

    read_decisions(audit / "decisions.jsonl")  # strictly: every line is a decision
    lines = [json.loads(line) for line in (audit / "decisions.jsonl").read_text("utf-8").splitlines()]
    assert len(confirmed) >= DECISIONS
    for number, body in confirmed.items():
        assert {name: lines[number - 1][name] for name in body} == body


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_a_word_and_no_traceback(
    server: Server, audit: Path, how: signal.Signals
) -> None:
    waiting = server.connect()
    server.ask(waiting, "/api/progress")  # and the connection stays open
    code, told = server.stop(how)
    waiting.close()
    assert code == 0
    assert told.splitlines()[-1].endswith(f"decided, in {audit / 'decisions.jsonl'}")
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_an_error(server: Server, audit: Path) -> None:
    second = Server(audit, "--port", str(server.port))
    _, told = second.process.communicate(timeout=20)
    assert second.process.returncode == 2
    assert told.startswith(f"error[usage]: port {server.port} cannot be had: Address already in use\nhint: ")


def test_only_this_machine_is_listened_to(server: Server) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as stranger:
            stranger.settimeout(2)
            assert stranger.connect_ex((str(address), server.port)) != 0


RAW: dict[str, tuple[bytes, bytes]] = {
    "a path with dots": (b"GET /media/../../secret HTTP/1.1\r\n", b"404"),
    "a path up to the page": (b"GET /media/.. HTTP/1.1\r\n", b"404"),
    "a whole address": (b"GET http://evil.example/ HTTP/1.1\r\n", b"404"),
    "a star": (b"OPTIONS * HTTP/1.1\r\nOrigin: http://127.0.0.1:PORT\r\n", b"404"),
    "a second host": (b"GET / HTTP/1.1\r\nHost: evil.example\r\n", b"400"),
    "no HTTP": (b"hello\r\n", b"400"),
    "a null": (b"GET /\0 HTTP/1.1\r\n", b"400"),
    "a length that is none": (b"POST /api/decisions HTTP/1.1\r\nContent-Length: -1\r\n", b"400"),
    "two lengths": (
        b"POST /api/decisions HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"4"),
    "endless headers": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 30_000, b"4"),
    "a websocket": (
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b"200"),
}  # fmt: skip


def test_bytes_that_no_browser_sends_get_an_answer_and_no_traceback(server: Server) -> None:
    for name, (start, status) in RAW.items():
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as visitor:
            known = f"Host: 127.0.0.1:{server.port}\r\nCookie: labelaudit-{server.port}={server.token}\r\n"
            visitor.sendall(start.replace(b"PORT", str(server.port).encode()) + known.encode() + b"\r\n")
            assert visitor.recv(4096).partition(b" ")[2].startswith(status), name
    with socket.create_connection(("127.0.0.1", server.port)) as visitor:
        visitor.sendall(b"POST /api/decisions HTTP/1.1\r\nContent-Length: 99\r\n")  # and goes away
    with socket.create_connection(("127.0.0.1", server.port)) as visitor:  # and one in the middle of a body
        lines = [
            "POST /api/decisions HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            f"Origin: http://127.0.0.1:{server.port}",
            f"Cookie: labelaudit-{server.port}={server.token}",
            "Content-Type: application/json",
            "Content-Length: 99",
        ]
        visitor.sendall("\r\n".join([*lines, "", '{"finger']).encode())
        time.sleep(0.1)
    assert server.once("/api/progress")[0] == 200
    code, told = server.stop(signal.SIGINT)
    assert code == 0
    assert "Traceback" not in told


# --- conflicts, from the reviewers to an arbiter and back -----------------------------------------------


def labelaudit(*typed: object) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which succeeds."""
    finished = subprocess.run(
        [sys.executable, "-m", "labelaudit", *map(str, typed)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


def reviewed_by(name: str, audit: Path, word: str, *options: str) -> list[dict[str, object]]:
    """Decide all that a server asks about; the items as they were asked about."""
    server = Server(audit, "--reviewer", name, *options)
    server.wait()
    items = server.once("/api/items?undecided=true&limit=3")[1]["items"]
    for item in items:  # type: ignore[attr-defined]
        body = {"fingerprint": item["fingerprint"], "decision": word}
        assert server.once("/api/decisions", body)[0] == 201
    server.stop(signal.SIGTERM)
    return items  # type: ignore[return-value]


def test_two_reviewers_disagree_and_one_of_them_settles_it_by_looking_again(
    audit: Path, tmp_path: Path
) -> None:
    reviewed_by("ana", audit, "given")
    asked = reviewed_by("bo", audit, "suggested")
    conflicts = tmp_path / "conflicts.jsonl"
    labelaudit("review", "merge", audit, "--conflicts", conflicts)
    assert len(conflicts.read_text().splitlines()) == 3
    again = reviewed_by("bo", audit, "neither", "--queue", str(conflicts))
    assert {item["fingerprint"] for item in again} == {item["fingerprint"] for item in asked}
    assert all(item["decision"] is None for item in again)
    labelaudit("review", "merge", audit, "--arbiter", "bo", "--write")
    told = json.loads(labelaudit("review", "merge", audit, "--output-format", "json").stdout)
    assert (told["verdicts"], told["settled_by_arbiter"]) == ({"neither": 3}, 3)
