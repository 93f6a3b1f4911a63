"""The labelled data that scorers are measured on: given labels, true labels, probabilities, embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHOSEN_ON = {"adult", "c_digits", "cifar10n", "hausa_distant", "noisyag", "tweet_emotion"}
"""Parameters were chosen on these sets and checked on the others."""
REAL = {"cifar10n", "hausa_distant", "rna_lf"}
PUBLISHED = ("cifar10n-agg-resnet18", "cifar10s-efficientnet")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One set with one kind of noise and one model's probabilities."""

    name: str
    variant: str
    given: np.ndarray  # (n,)
    true: np.ndarray  # (n,)
    pred_probs: np.ndarray  # (n, K) float64
    features: np.ndarray | None  # (n, d) float32

    @property
    def wrong(self) -> np.ndarray:
        """(n,) whether the given label is wrong."""
        return self.given != self.true

    @property
    def real(self) -> bool:
        """Whether nobody injected the noise."""
        return self.name in REAL or (self.name == "noisyag" and self.variant.startswith(("data", "real")))

    def write(self, file: Path) -> list[str]:
        """Write it as a user would have it; returns the class names."""
        names = [f"class{k:03}" for k in range(self.pred_probs.shape[1])]
        columns = {
            "id": pa.array(np.arange(len(self.given))),
            "label": pa.array(np.array(names)[self.given]),
            "pred_probs": _lists(self.pred_probs),
        }
        if self.features is not None:
            columns["embedding"] = _lists(self.features)
        pq.write_table(pa.table(columns), file)
        return names


def feature_cells(folder: Path) -> Iterator[Cell]:
    """Each set of `features/` with its default variant and all others."""
    for data in sorted((folder / "features").glob("*/data.parquet")):
        table = pq.read_table(data)
        true, features = table["true_label"].to_numpy().astype(int), _matrix(table["features"])
        base = Cell(
            name=data.parent.name,
            variant="data",
            given=table["given_label"].to_numpy().astype(int),
            true=true,
            pred_probs=_matrix(table["pred_probs"]).astype(np.float64),
            features=features,
        )
        yield base
        if not (data.parent / "variants.parquet").exists():
            continue
        others = pq.read_table(data.parent / "variants.parquet")
        probs = _matrix(others["pred_probs"])
        names = [
            f"{v} {m}"
            for v, m in zip(others["variant"].to_pylist(), others["model"].to_pylist(), strict=True)
        ]
        for name in sorted(set(names)):
            at = np.flatnonzero(np.array(names) == name)
            rows = others["id"].to_numpy()[at]
            yield replace(
                base,
                variant=name,
                given=others["given_label"].to_numpy()[at].astype(int),
                true=true[rows],
                pred_probs=probs[at].astype(np.float64),
                features=features[rows],
            )


def published_cells(folder: Path) -> Iterator[Cell]:
    """The sets of `probabilities/` whose every label was verified."""
    for name in PUBLISHED:
        place = folder / "probabilities" / name
        if not place.exists():
            continue
        probs = pq.read_table(place / "pred_probs.parquet").drop_columns("id")
        classes = probs.column_names
        matrix = np.column_stack([column.to_numpy() for column in probs.columns]).astype(np.float64)
        given = pq.read_table(place / "labels.parquet")["label"].to_pylist()
        codes = np.array([classes.index(str(label)) for label in given])
        wrong = pq.read_table(place / "truth.parquet")["is_error"].to_numpy(zero_copy_only=False)
        yield Cell(
            name=name,
            variant="data",
            given=codes,
            true=np.where(wrong, (codes + 1) % len(classes), codes),
            pred_probs=matrix / matrix.sum(axis=1, keepdims=True),
            features=None,
        )


def nearly_clean_cells(folder: Path, rows: int = 4000) -> Iterator[Cell]:
    """True labels with 0 or 0.5 % injected errors, anywhere or in hard rows; probabilities out of fold."""
    from sklearn.linear_model import LogisticRegression

    seen = set()
    for cell in feature_cells(folder):
        if cell.name in seen or cell.name in ("hausa_distant", "rna_lf"):
            continue
        seen.add(cell.name)
        features, true = cell.features[:rows], cell.true[:rows]
        scale = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-9)
        knows = LogisticRegression(max_iter=300).fit(scale, true)
        doubt = np.zeros((len(true), cell.pred_probs.shape[1]))
        doubt[:, knows.classes_] = knows.predict_proba(scale)
        doubt[np.arange(len(true)), true] = 0
        for variant, rate in (("clean", 0.0), ("uniform 0.5 %", 0.005), ("hard rows 0.5 %", 0.005)):
            given = _injected(true, rate, doubt, hard=variant.startswith("hard"))
            probs = _out_of_fold(scale, given, cell.pred_probs.shape[1])
            yield replace(cell, variant=variant, given=given, true=true, pred_probs=probs, features=features)


def in_sample_cells(folder: Path, count: int = 30) -> Iterator[Cell]:
    """The same labels with the probabilities of a forest that was trained on them."""
    from sklearn.ensemble import RandomForestClassifier

    cells = [cell for cell in feature_cells(folder) if not cell.variant.endswith(("nl", "pub"))]
    for cell in cells[:: max(1, len(cells) // count)][:count]:
        forest = RandomForestClassifier(100, random_state=0, n_jobs=-1).fit(cell.features, cell.given)
        probs = np.full(cell.pred_probs.shape, 1e-6)
        probs[:, forest.classes_] = np.maximum(forest.predict_proba(cell.features), 1e-6)
        yield replace(cell, pred_probs=probs / probs.sum(axis=1, keepdims=True))


def _injected(true: np.ndarray, rate: float, doubt: np.ndarray, *, hard: bool) -> np.ndarray:
    rng = np.random.default_rng(len(true))
    given, n_classes = true.copy(), doubt.shape[1]
    weights = doubt.sum(axis=1) / doubt.sum() if hard else None
    rows = rng.choice(len(true), int(rate * len(true)), replace=False, p=weights)
    if hard:
        given[rows] = doubt[rows].argmax(axis=1)
    else:
        given[rows] = (true[rows] + rng.integers(1, n_classes, len(rows))) % n_classes
    return given


def _out_of_fold(features: np.ndarray, given: np.ndarray, n_classes: int) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    classes, codes = np.unique(given, return_inverse=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression(C=0.3, max_iter=300)
    probs = np.full((len(given), n_classes), 1e-6)
    found = cross_val_predict(model, features, codes, cv=folds, method="predict_proba")
    probs[:, classes] = np.maximum(found, 1e-6)
    return probs / probs.sum(axis=1, keepdims=True)


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    values = column.combine_chunks()
    return values.flatten().to_numpy(zero_copy_only=False).reshape(len(values), -1)


def _lists(matrix: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.astype(np.float32).ravel()), matrix.shape[1])
