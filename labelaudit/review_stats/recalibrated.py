"""The scores of an audit with `p_error` as a review recalibrates it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.auditing import Audit
from labelaudit.errors import OutputError
from labelaudit.review_stats.gathering import p_error_of
from labelaudit.review_stats.likelihood import chances, log_odds
from labelaudit.types import FloatArray, Reviewed

COLUMN = "p_error_reviewed"


def recalibrated(reviewed: Reviewed, p_error: FloatArray) -> FloatArray:
    """(N,) chances of error by a reviewed sample, of rows that nobody decided.

    Args:
        reviewed: the estimate.
        p_error: (N,) of the scan.
    """
    fit = reviewed.calibration
    return chances(np.array([fit["slope"], fit["shift"], 0.0]), log_odds(p_error))


def write_recalibrated(audit: Audit, reviewed: Reviewed, file: Path) -> None:
    """Write the columns of `scores.parquet` and `p_error_reviewed` behind them, a stretch at a time.

    Raises:
        OutputError: it cannot be written.
    """
    fresh = file.with_name(f".{file.name}.new")
    writer: pq.ParquetWriter | None = None
    try:
        for batch in audit.scores_batches():
            chance = pa.array(recalibrated(reviewed, p_error_of(pa.Table.from_batches([batch]))))
            wider = batch.append_column(COLUMN, chance)
            writer = writer or pq.ParquetWriter(fresh, wider.schema)
            writer.write_batch(wider)
        if writer is not None:
            writer.close()
            os.replace(fresh, file)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", file=str(file)) from error
    finally:
        fresh.unlink(missing_ok=True)
