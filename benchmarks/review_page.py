"""How fast the review page opens and moves on: `python benchmarks/review_page.py [--items 10000]`.

Chromium is driven through Playwright, on the page as one file and on the served one, both of an audit with so
many suspects. A page is open when its first item stands there, counted from the start of the navigation; the
next item is there when its title has changed after the key. Decisions are taken with the keys 1 to 4 and
space. The goals: open under 1 s, the next item under 100 ms, 30 decisions under 30 s.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

LABELAUDIT = (sys.executable, "-m", "labelaudit")
KEYS = ("1", "2", "3", "4", "Space")
DECISIONS = 30
PATIENCE = 120_000
WATCH = """() => {
  window.times = [];
  let pressed = 0;
  addEventListener("keydown", () => (pressed = performance.now()), true);
  new MutationObserver(() => window.times.push(performance.now() - pressed)).observe(
    document.querySelector("#item-title"), { childList: true });
}"""
OPENED = """() => new Promise((done) => {
  const title = document.querySelector("#item-title");
  const look = () => (title?.textContent ? done(performance.now()) : requestAnimationFrame(look));
  look();
})"""


def main() -> None:
    """Print a line a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5, help="each page is opened so often")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    print("| page | opens, median (worst) | next item, median (worst) | 30 decisions by keyboard |")
    print("|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        saved = audited(Path(folder), options.items)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, page in (("one file", one_file), ("served", served)):
            with page(saved) as address:
                print(row(name, *measured(browser, address, options.times)))
        browser.close()


def audited(folder: Path, n_items: int) -> Path:
    """An audit in which that many rows are suspects, and as many again are not."""
    table = folder / "pets.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "label", "text", "cat", "dog", "emu"])
        for i in range(2 * n_items):
            right = ("cat", "dog", "emu")[i % 3]
            label = right if i < n_items else ("dog", "emu", "cat")[i % 3]
            sure = 0.9 + 0.09 * (i * 7 % 1000) / 1000
            rest = (1 - sure) / 2
            given = [f"{sure if name == right else rest:.4f}" for name in ("cat", "dog", "emu")]
            lines.writerow([f"pet-{i}", label, "a few words about a pet " * 8, *given])
    saved = folder / "audit"
    run("scan", table, "--label-col", "label", "--out-dir", saved, "-q")
    return saved


def run(*arguments: object) -> None:
    """Run a command of labelaudit; 1 says that label errors were found."""
    done = subprocess.run(
        [*LABELAUDIT, *map(str, arguments)], capture_output=True, check=False, text=True, timeout=600
    )
    if done.returncode > 1:
        raise SystemExit(done.stderr)


@contextmanager
def one_file(saved: Path) -> Iterator[str]:
    """The page without a server."""
    file = saved.parent / "review.html"
    run("review", "page", saved, "-o", file, "--max-mb", 100, "-q")
    yield file.as_uri()


@contextmanager
def served(saved: Path) -> Iterator[str]:
    """The page with one."""
    command = [*LABELAUDIT, "review", "serve", str(saved), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            yield address_in(server.stdout or [])
        finally:
            server.terminate()


def address_in(lines: Any) -> str:
    """What the server calls itself."""
    for line in lines:
        found = [word for word in line.split() if word.startswith("http://127.0.0.1")]
        if found:
            return str(found[0])
    raise SystemExit("the server did not start")


def measured(browser: Any, address: str, times: int) -> tuple[list[float], list[float], float]:
    """Milliseconds to open and to move on, and seconds for the decisions."""
    opened = []
    for i in range(times):
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(address, wait_until="commit")
        opened.append(float(page.evaluate(OPENED)))
        if i < times - 1:
            context.close()
    print(name_of(page), file=sys.stderr)
    page.evaluate(WATCH)
    started = time.perf_counter()
    for i in range(DECISIONS):
        page.keyboard.press(KEYS[i % len(KEYS)])
        page.wait_for_function("n => window.times.length > n", arg=i)
    seconds = time.perf_counter() - started
    moved = [float(one) for one in page.evaluate("window.times")]
    context.close()
    return opened, moved, seconds


def name_of(page: Any) -> str:
    """What is measured, in the page's own words."""
    return f"{page.title()}: {page.locator('#counts').inner_text()}"


def row(name: str, opened: list[float], moved: list[float], seconds: float) -> str:
    """A line of the table."""
    opening = f"{median(opened):,.0f} ms ({max(opened):,.0f})"
    return f"| {name} | {opening} | {median(moved):.0f} ms ({max(moved):.0f}) | {seconds:.1f} s |"


if __name__ == "__main__":
    main()
