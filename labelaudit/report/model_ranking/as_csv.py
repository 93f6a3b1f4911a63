"""A ranking as CSV: a measure a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from labelaudit.model_ranking.model import LABELS, ModelRanking

CSV_COLUMNS = ("model", "file", "labels", "metric", "value", "low", "high", "rank")


def as_csv(found: ModelRanking) -> Iterator[str]:
    """Yield a line for each model, kind of labels and metric."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for model in found.models:
        for labels in LABELS:
            for metric, measure in model.on(labels).items():
                values = (measure.value, measure.low, measure.high, measure.rank)
                writer.writerow([model.name, model.file, labels, metric, *values])
    yield page.getvalue()
