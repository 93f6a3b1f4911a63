"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("labelaudit", "cleanlab", "numpy", "pyarrow", "scikit-learn")


def machine_facts() -> dict[str, str]:
    """System, processor, memory and versions, ready to print."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "system": platform.platform(),
        "processor": f"{processor_name()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory:.1f} GB",
        "python": platform.python_version(),
        **{package: installed_version(package) for package in PACKAGES},
    }


def processor_name() -> str:
    """The processor's name as Linux tells it, else its architecture."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def installed_version(package: str) -> str:
    """The version of a package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
