"""`csv`: the columns of `suspects.csv`; lists are joined by semicolons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from labelaudit.report.as_jsonl import suspect_dict
from labelaudit.report.model import Report, Screen
from labelaudit.types import Suspect


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the header, then a line a suspect."""
    line = StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(Suspect.__slots__)
    for suspect in report.suspects():
        values = suspect_dict(suspect).values()
        writer.writerow([";".join(value) if isinstance(value, tuple) else value for value in values])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()
