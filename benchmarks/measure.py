"""Run one process and measure it; standard library only.

The measuring process must stay small: Linux counts a parent's peak memory as the
child's until the child has started its program. So nothing here, nor in run.py, imports
numpy or holds data; data is written by a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

KIB_PER_MB = 1024  # ru_maxrss counts KiB on Linux; MB are 2**20 bytes here
NOT_FOUND = 127  # what a shell says of a program that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took, and how it ended."""

    seconds: float = 0.0  # wall time of the whole process
    cpu_seconds: float = 0.0  # user and system, all threads and awaited children
    peak_mb: float = 0.0  # of the process, or of its largest awaited child
    exit_code: int
    stdout: str = ""
    stderr: str = ""


def measured_run(command: Sequence[str]) -> Run:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        except FileNotFoundError:
            return Run(exit_code=NOT_FOUND, stderr=f"{command[0]}: not found")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait again
        stdout.seek(0)
        stderr.seek(0)
        return Run(
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / KIB_PER_MB,
            exit_code=process.returncode,
            stdout=stdout.read().decode(errors="replace"),
            stderr=stderr.read().decode(errors="replace"),
        )
