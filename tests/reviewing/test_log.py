"""The decision log: appended to, on disk before it answers, shared, and whole after any crash."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelaudit.decisions import read_decisions
from labelaudit.errors import OutputError
from labelaudit.reviewing import log as log_module
from labelaudit.reviewing.log import TORN, DecisionLog


class Followed:
    """A log and what it told."""

    def __init__(self, path: Path) -> None:
        self.records: list[Mapping[str, Any]] = []
        self.log = DecisionLog(path, absorb=self.records.append, forget=self.records.clear)


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"fingerprint": f"f{number}", "id": str(number), "decision": "given", "reviewer": "ana"} | more


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def test_each_record_is_a_line_and_the_line_is_told(path: Path) -> None:
    followed = Followed(path)
    assert [followed.log.append(record(i)) for i in range(3)] == [1, 2, 3]
    assert [json.loads(line) for line in path.read_text().splitlines()] == [record(i) for i in range(3)]
    assert followed.records == [record(i) for i in range(3)]


def test_a_log_goes_on_where_it_stopped(path: Path) -> None:
    Followed(path).log.append(record(1))
    again = Followed(path)
    assert again.records == [record(1)]
    assert again.log.append(record(2)) == 2


def test_a_record_is_on_disk_before_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    followed = Followed(path)
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: (synced.append(os.fstat(descriptor).st_size), fsync(descriptor))
    )
    followed.log.append(record(1))
    assert synced == [path.stat().st_size]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(texts=st.lists(st.text(max_size=12), min_size=1, max_size=4), cut=st.integers(0, 400), more=st.text())
def test_wherever_a_crash_cuts_the_file_whole_lines_stay_and_the_file_is_valid(
    path: Path, texts: list[str], cut: int, more: str
) -> None:
    path.unlink(missing_ok=True)
    Path(f"{path}{TORN}").unlink(missing_ok=True)
    first = Followed(path)
    for i, text in enumerate(texts):
        first.log.append(record(i, note=text))
    whole = path.read_bytes()
    left = whole[: cut % (len(whole) + 1)]
    path.write_bytes(left)
    read_decisions(path)  # a torn line at the end is no fault
    after = Followed(path)
    n_lines = after.log.append(record(9, note=more))
    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    n_whole = left.count(b"\n")
    complete = n_whole + (whole[len(left) : len(left) + 1] == b"\n")  # only its line feed was missing
    written = [record(i, note=text) for i, text in enumerate(texts)]
    assert kept == [*written[:complete], record(9, note=more)]
    assert n_lines == len(kept)
    torn = Path(f"{path}{TORN}")
    tail = left.rpartition(b"\n")[2]
    if complete == n_whole and tail:
        assert torn.read_bytes() == tail + b"\n"
    else:
        assert not torn.exists()


def test_a_tail_of_any_bytes_is_put_aside(path: Path) -> None:
    path.write_bytes(b'{"fingerprint": "f", "id": "1", "decision": "given"}\n' + b"\xff\x00{" * 50_000)
    Followed(path).log.append(record(1))
    assert len(read_decisions(path)) == 2
    assert Path(f"{path}{TORN}").stat().st_size == 150_001


def test_lines_that_are_no_records_stay_and_are_passed_over(path: Path) -> None:
    path.write_bytes(b"not json\n[1]\n\xff\n" + json.dumps(record(1)).encode() + b"\n")
    followed = Followed(path)
    assert followed.records == [record(1)]
    assert followed.log.append(record(2)) == 5
    assert path.read_bytes().startswith(b"not json\n[1]\n\xff\n")


def test_what_another_process_writes_is_read(path: Path) -> None:
    one, other = Followed(path), Followed(path)
    assert one.log.append(record(1)) == 1
    assert other.log.append(record(2)) == 2
    one.log.catch_up()
    assert one.records == other.records == [record(1), record(2)]


def test_half_a_line_of_another_process_is_waited_for(path: Path) -> None:
    followed = Followed(path)
    line = json.dumps(record(1)).encode() + b"\n"
    path.write_bytes(line[:9])
    followed.log.catch_up()
    assert followed.records == []
    path.write_bytes(line)
    followed.log.catch_up()
    assert followed.records == [record(1)]


def test_a_file_that_was_replaced_is_read_anew_and_written_to(path: Path) -> None:
    followed = Followed(path)
    followed.log.append(record(1))
    fresh = path.with_name("fresh")
    fresh.write_text(json.dumps(record(7)) + "\n")
    os.replace(fresh, path)  # as git does
    assert followed.log.append(record(8)) == 2
    assert followed.records == [record(7), record(8)]
    path.unlink()
    assert followed.log.append(record(9)) == 1


def test_a_full_disk_is_an_error_and_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = Followed(path)
    followed.log.append(record(1))
    before = path.read_bytes()
    write, calls = os.write, []

    def full(descriptor: int, text: Any) -> int:
        calls.append(text)
        if len(calls) == 1:
            return write(descriptor, bytes(text)[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(log_module.os, "write", full)
        with pytest.raises(OutputError, match="No space left"):
            followed.log.append(record(2))
    assert path.read_bytes() == before
    assert followed.log.append(record(3)) == 2
    assert followed.records == [record(1), record(3)]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_told_before_anybody_decides(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        Followed(tmp_path / "decisions.jsonl")


def test_a_folder_in_its_place_is_an_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OutputError):
        Followed(path)


def test_threads_do_not_tear_each_others_lines(path: Path) -> None:
    followed = Followed(path)
    lines: list[int] = []

    def work(start: int) -> None:
        lines.extend(followed.log.append(record(i)) for i in range(start, start + 25))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lines) == list(range(1, 201))
    assert {d.fingerprint for d in read_decisions(path)} == {f"f{i}" for i in range(200)}


WRITER = """
import sys
from pathlib import Path
from labelaudit.reviewing.log import DecisionLog
log = DecisionLog(Path(sys.argv[1]), absorb=lambda record: None, forget=lambda: None)
for i in range(60):
    fingerprint = f"{sys.argv[2]}-{i}"
    line = log.append({"fingerprint": fingerprint, "id": "1", "decision": "given", "note": "x" * 5000})
    print(line, fingerprint)
"""


def test_processes_do_not_tear_each_others_lines_and_number_them_right(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    told = [line.split() for writer in writers for line in writer.communicate(timeout=60)[0].splitlines()]
    written = [json.loads(line)["fingerprint"] for line in path.read_text().splitlines()]
    assert len(written) == len(told) == 180
    assert all(written[int(line) - 1] == fingerprint for line, fingerprint in told)
