"""The measurement of quality runs on a folder of the form that it names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.builders import number_lists
from tests.strategies import Blobs, noisy_blobs

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "quality.py"
BLOBS = noisy_blobs(0, n_rows=120, n_classes=3, noise_rate=0.2, separation=3.0)


def save(path: Path, **columns: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page about one set with two kinds of noise, and one of published probabilities."""
    folder = tmp_path_factory.mktemp("quality")
    ids = np.arange(120)
    given, probs = BLOBS.labels, number_lists(BLOBS.pred_probs.astype(np.float32))
    features = number_lists(BLOBS.embeddings.astype(np.float32))
    one = folder / "features" / "dry_bean"
    save(
        one / "data.parquet",
        id=ids,
        given_label=given,
        true_label=BLOBS.true_labels,
        pred_probs=probs,
        features=features,
    )
    save(
        one / "variants.parquet",
        variant=["sym20"] * 120,
        model=["lr"] * 120,
        id=ids,
        given_label=other_noise(BLOBS),
        pred_probs=probs,
    )
    names = np.array(["cat", "dog", "owl"])
    published = folder / "probabilities" / "cifar10n-agg-resnet18"
    save(published / "labels.parquet", id=ids, label=names[given])
    columns = {name: BLOBS.pred_probs[:, i] for i, name in enumerate(names)}
    save(published / "pred_probs.parquet", id=ids, **columns)
    save(published / "truth.parquet", id=ids, is_error=given != BLOBS.true_labels)
    result = folder / "page.md"
    command = [sys.executable, str(SCRIPT), str(folder), "-o", str(result), "--processes", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return result.read_text(encoding="utf-8")


def other_noise(blobs: Blobs) -> np.ndarray:
    """Every fifth label wrong."""
    wrong = np.arange(120) % 5 == 0
    return np.where(wrong, (blobs.true_labels + 1) % 3, blobs.true_labels)


def test_the_page_names_the_command_that_made_it(page: str) -> None:
    assert "benchmarks/quality.py" in page.split("```")[1]


def test_every_section_has_its_figures(page: str) -> None:
    for title in (
        "## Probabilities and embeddings, 2 cells",
        "## Probabilities alone",
        "## Nearly clean data",
    ):
        assert f"\n{title}" in page
    assert "\n## Leak alarm\n" in page
    assert "| dry_bean (2) |" in page
    assert "| cifar10n-agg-resnet18 |" in page


def test_scores_of_both_stand_side_by_side(page: str) -> None:
    lines = page.splitlines()
    for score in ("cleanlab normalized margin", "`em`", "`fused`", "fused, embeddings alone"):
        figures = next(line for line in lines if line.startswith(f"| {score} | "))
        mean = float(figures.split("|")[2])
        assert 0.5 < mean <= 1
    assert "nan" not in page
