"""Fixtures and options that all tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
# A busy machine must not fail a property; the suite's time is looked at as a whole.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

GOLDEN = Path(__file__).parent / "golden"
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-golden", action="store_true", help="write the golden files anew")


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and doctests name sample_data/ as a reader of the README would."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name, or write it anew."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--refresh-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {path}: run make golden"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def shared_data() -> Path:
    """The folder of real benchmarks; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared benchmarks are not here")
    return SHARED_DATA
