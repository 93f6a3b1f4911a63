"""A FiftyOneImageClassificationDataset: suggested and given labels with confidence and attributes.

Of the formats that FiftyOne documents for import, this is the one whose files are described to the last key
(https://docs.voxel51.com/user_guide/import_datasets.html); that of FiftyOneDataset is its database's and
changes with it. Labels are in two files, as the format holds one label field: `from_dir` loads the first,
`merge_dir` adds the second. `data.json` maps names to pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labelaudit.errors import UsageError
from labelaudit.exporting.model import (
    Export,
    Files,
    Tool,
    absent_files,
    json_bytes,
    json_items,
    without_nulls,
)
from labelaudit.previews.media import Media, media_type
from labelaudit.types import Suspect

IMAGES = "images"
KIND = "fo.types.FiftyOneImageClassificationDataset"
CODE = f"""import fiftyone as fo

at = {{"dataset_dir": FOLDER, "dataset_type": {KIND}, "data_path": "data.json"}}
dataset = fo.Dataset.from_dir(**at, labels_path="labels.json", label_field="suggested")
dataset.merge_dir(**at, labels_path="given.json", label_field="given")
fo.launch_app(dataset).wait()
"""


def files(export: Export) -> Files:
    """Labels, the paths of the pictures, a page that tells how to load them, and pictures of tables."""
    yield "labels.json", _labels(export, given=False)
    yield "given.json", _labels(export, given=True)
    yield (
        "data.json",
        json_items((_pair(s, _path(s, image, export)) for s, image in _pictured(export)), _BRACES),
    )
    yield "README.md", iter([_page(export).encode()])
    for suspect, image in _pictured(export):
        if image.embedded:
            yield _file_of(suspect, image), iter([image.read()])


def check(export: Export) -> None:
    """Raise UsageError where there are no pictures, or none that FiftyOne can open."""
    images = [preview.image for _, preview in export.tasks() if preview.image is not None]
    if export.suspects and not images:
        raise UsageError(
            "no pictures: no table has a column of images for these rows",
            hint="name it with --image-col; for texts, sounds and numbers take --to label-studio, hf or csv",
        )
    if any(image.is_address and not image.embedded for image in images):
        raise UsageError(
            "pictures are on the web, and FiftyOne opens files",
            hint="download them, or take --to label-studio",
        )


def hints(export: Export) -> Iterator[str]:
    """How to load them."""
    yield f"hint: {export.target}/README.md tells how to load it"
    n_without = sum(preview.image is None for _, preview in export.tasks())
    if n_without:
        yield f"notice[no-picture]: {n_without:,} suspects have no picture and are left out"
    yield from absent_files(export)


_BRACES = (b"{", b"}")


def _pictured(export: Export) -> Iterator[tuple[Suspect, Media]]:
    return ((suspect, preview.image) for suspect, preview in export.tasks() if preview.image is not None)


def _labels(export: Export, *, given: bool) -> Iterator[bytes]:
    start = b'{"classes": ' + json_bytes(export.classes) + b', "labels": {'
    number_of = {name: i for i, name in enumerate(export.classes)}
    targets = ((suspect, _target(suspect, number_of, given=given)) for suspect, _ in _pictured(export))
    return json_items((_pair(suspect, target) for suspect, target in targets), (start, b"}}"))


def _target(suspect: Suspect, number_of: dict[str, int], *, given: bool) -> dict[str, Any] | None:
    """A classification; None is an unlabelled picture."""
    label = suspect.given_label if given else suspect.suggested_label
    if label is None:
        return None
    attributes = {
        "fingerprint": suspect.fingerprint,
        "row_id": suspect.id,
        "rank": suspect.rank,
        "label_quality": suspect.label_quality,
        "p_error": suspect.p_error,
        "rules": list(suspect.rules),
        "split": suspect.split,
        "file": suspect.file,
        "row": suspect.row,
    }
    return without_nulls(
        {
            "label": number_of[label],
            "confidence": suspect.self_confidence if given else suspect.suggested_prob,
            "attributes": without_nulls(attributes),
        }
    )


def _pair(suspect: Suspect, value: Any) -> bytes:
    return json_bytes(suspect.fingerprint) + b": " + json_bytes(value)


def _path(suspect: Suspect, image: Media, export: Export) -> str:
    """Where a picture lies, from the folder that is written."""
    if image.embedded:
        return _file_of(suspect, image)
    assert image.place is not None
    assert export.target is not None
    place = Path(os.path.abspath(image.place))
    try:
        return Path(os.path.relpath(place, os.path.abspath(export.target))).as_posix()
    except ValueError:  # another drive
        return place.as_posix()


def _file_of(suspect: Suspect, image: Media) -> str:
    suffix = Path(image.place).suffix if image.place else media_type(image.read(), image.name)[1]
    return f"{IMAGES}/{suspect.fingerprint}{suffix}"


def _page(export: Export) -> str:
    return f"""# Suspects of a label audit

{len(export.suspects):,} rows that {export.tool} suspects of a wrong label. A suspect is a row to look at,
not an error that was found. Load them into FiftyOne with the path of this folder for `FOLDER`:

```python
{CODE}```

`suggested` is what the audit proposes, with its probability as confidence; `given` is the label in the data.
Attributes of both: `fingerprint` names the row to labelaudit; `label_quality` is in 0-1, low is suspicious.
"""


TOOL = Tool(is_folder=True, files=files, hints=hints, check=check)
