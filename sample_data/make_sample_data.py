"""Make the sample data: two small real data sets with known label errors.

`make sample-data` runs it. Every draw is seeded and the linear algebra runs on one thread, so the same
library versions write the same bytes. README.md beside this script tells what each file holds.

For each data set:

1. change 5 % of the labels to classes that a model confuses with the true one;
2. predict each row by a model trained without it, on the changed labels;
3. write given labels, predictions and, for whoever wants to check, the truth.
"""

from __future__ import annotations

import csv
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

IntArray = NDArray[np.int64]
FloatMatrix = NDArray[np.float64]

SEED = 7
ERROR_SHARE = 0.05
N_FOLDS = 5
DIGIT_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
MAX_PIXEL = 16  # the bundled digits count dark pixels, 0..16 in each cell
EMBEDDING_SIZE = 24


def main() -> None:
    """Write both data sets beside this script."""
    folder = Path(__file__).parent
    with threadpool_limits(limits=1):  # the last bits of a matrix product depend on the thread count
        write_digits(folder / "digits")
        write_breast_cancer(folder)


def write_digits(folder: Path) -> None:
    """Write handwritten digits: labels, images, predictions, embeddings and truth, a file each."""
    digits = load_digits()
    # An approximate RBF kernel: accurate, and its probabilities are smooth.
    model = make_pipeline(
        Nystroem(gamma=0.0005, n_components=300, random_state=SEED),
        LogisticRegression(C=10, max_iter=2000),
    )
    given = labels_with_errors(digits.target, out_of_sample_probs(model, digits.data, digits.target))
    pred_probs = out_of_sample_probs(model, digits.data, given)
    print_facts("digits", digits.target, given, pred_probs)

    ids = [f"digit-{number:04}" for number in range(1, len(given) + 1)]
    label_names = [DIGIT_NAMES[label] for label in given]
    true_names = [DIGIT_NAMES[label] for label in digits.target]
    folder.mkdir(exist_ok=True)
    write_csv(folder / "labels.csv", ["id", "label"], zip(ids, label_names, strict=True))
    write_csv(folder / "truth.csv", ["id", "true_label"], zip(ids, true_names, strict=True))
    write_parquet(folder / "images.parquet", image_table(ids, digits.images))
    class_columns = dict(zip(DIGIT_NAMES, pred_probs.T.astype(np.float32), strict=True))
    write_parquet(folder / "pred_probs.parquet", pa.table({"id": ids, **class_columns}))
    write_parquet(folder / "embeddings.parquet", embedding_table(ids, digits.data))


def write_breast_cancer(folder: Path) -> None:
    """Write breast tumours: features, label and probabilities in one table, the truth in another."""
    cancer = load_breast_cancer()
    # Strong regularisation: the sharper model is as accurate and far too sure of the changed labels.
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.03))
    given = labels_with_errors(cancer.target, out_of_sample_probs(model, cancer.data, cancer.target))
    # Rounded here, so that the two columns sum to 1 exactly as written.
    prob_malignant = np.round(out_of_sample_probs(model, cancer.data, given)[:, 0], 6)
    print_facts("breast_cancer", cancer.target, given, np.column_stack([prob_malignant, 1 - prob_malignant]))

    ids = [f"case-{number:03}" for number in range(1, len(given) + 1)]
    feature_names = [name.replace(" ", "_") for name in cancer.feature_names]
    header = ["id", *feature_names, "label", "prob_malignant", "prob_benign"]
    rows = [
        [row_id, *map(float, features), cancer.target_names[label], f"{prob:.6f}", f"{1 - prob:.6f}"]
        for row_id, features, label, prob in zip(ids, cancer.data, given, prob_malignant, strict=True)
    ]
    write_csv(folder / "breast_cancer.csv", header, rows)
    true_names = cancer.target_names[cancer.target]
    write_csv(folder / "breast_cancer_truth.csv", ["id", "true_label"], zip(ids, true_names, strict=True))


def out_of_sample_probs(model: Pipeline, features: FloatMatrix, labels: IntArray) -> FloatMatrix:
    """Predict each row by a model that was trained on the other folds."""
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED)
    pred_probs: FloatMatrix = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
    return pred_probs


def labels_with_errors(true_labels: IntArray, pred_probs: FloatMatrix) -> IntArray:
    """Change ERROR_SHARE of the labels, each to another class.

    The new class is drawn in proportion to the probability that the rows of the
    true class get for it on average: a three becomes an eight, seldom a six.
    """
    rng = np.random.default_rng(SEED)
    n_classes = pred_probs.shape[1]
    confusion = np.stack([pred_probs[true_labels == label].mean(axis=0) for label in range(n_classes)])
    np.fill_diagonal(confusion, 0)
    confusion /= confusion.sum(axis=1, keepdims=True)
    labels = true_labels.copy()
    n_errors = round(ERROR_SHARE * len(labels))
    for row in rng.choice(len(labels), n_errors, replace=False):
        labels[row] = rng.choice(n_classes, p=confusion[true_labels[row]])
    return labels


def image_table(ids: Sequence[str], images: FloatMatrix) -> pa.Table:
    """Tabulate the images as Hugging Face datasets does: encoded bytes and a file name."""
    features = {"id": {"dtype": "string", "_type": "Value"}, "image": {"_type": "Image"}}
    image_type = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema(
        [("id", pa.string()), ("image", image_type)],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    pixels = (images * 255 / MAX_PIXEL).astype(np.uint8)
    cells = [
        {"bytes": png(image), "path": f"{row_id}.png"} for row_id, image in zip(ids, pixels, strict=True)
    ]
    return pa.table({"id": ids, "image": cells}, schema=schema)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a grayscale image, (height, width).

    Stored without compression: 64 pixels gain nothing, and zlib builds differ in what they compress to.
    """
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bit, grayscale, not interlaced
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)  # filter 0: as it is
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, level=0)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def embedding_table(ids: Sequence[str], features: FloatMatrix) -> pa.Table:
    """Tabulate the leading principal components of the pixels, scaled to 0..1, as a list column."""
    components = PCA(EMBEDDING_SIZE, svd_solver="full").fit_transform(features / MAX_PIXEL)
    embeddings = pa.array(list(np.round(components, 4)), pa.list_(pa.float32()))
    return pa.table({"id": ids, "embedding": embeddings})


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table, compressed."""
    pq.write_table(table, path, compression="zstd")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows with the same line ends on every platform."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def print_facts(name: str, true_labels: IntArray, given: IntArray, pred_probs: FloatMatrix) -> None:
    """Print what README.md says about a data set."""
    accuracy = np.mean(pred_probs.argmax(axis=1) == true_labels)
    n_changed = np.count_nonzero(given != true_labels)
    print(f"{name}: {len(given)} rows, {n_changed} labels changed, predictions {accuracy:.1%} right")


if __name__ == "__main__":
    main()
