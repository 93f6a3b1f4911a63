"""The seam to pyarrow's writers of Parquet and Arrow files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from labelaudit.errors import CorrectionError
from labelaudit.io.readers.faults import first_line


@contextmanager
def writing(file: str) -> Iterator[None]:
    """Turn what pyarrow refuses to write into an error; what the system says stays an OSError.

    Raises:
        CorrectionError: a type, or a use of dictionaries, that can be read and not written.
    """
    try:
        yield
    except OSError:
        raise
    except pa.ArrowException as error:
        raise CorrectionError(
            f"cannot be written in the form it has: {first_line(error)}",
            file=file,
            hint="write the file anew with plain columns, and scan that",
        ) from error
