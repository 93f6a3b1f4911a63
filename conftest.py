"""Doctests in the package run in the checkout, with numpy at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def doctest_world(doctest_namespace: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples name sample_data/ as a reader would, and use `np`."""
    doctest_namespace["np"] = np
    monkeypatch.chdir(Path(__file__).parent)
