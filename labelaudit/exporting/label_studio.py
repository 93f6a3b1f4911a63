"""Tasks of Label Studio with the suggestion as prediction, and the labeling configuration they need.

The format is that of https://labelstud.io/guide/predictions: a list of {"data", "predictions"}. Pictures
and sounds that are files are named by `/data/local-files/?d=PATH`, the path from the folder that Label
Studio serves (https://labelstud.io/guide/storage, local storage); those in a table are written out.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from labelaudit.errors import UsageError
from labelaudit.exporting.model import (
    Export,
    Files,
    Shown,
    Tool,
    absent_files,
    json_bytes,
    json_items,
    without_nulls,
)
from labelaudit.previews.media import Media, Preview, media_type
from labelaudit.types import Suspect

CONFIG = ".config.xml"
CONTROL = "label"
ITEM = "item"
TAGS: dict[Shown, str] = {"text": "Text", "image": "Image", "audio": "Audio"}
LOCAL = "/data/local-files/?d="
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, section 2.2
_WHITE = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}  # else attributes lose them


def files(export: Export) -> Files:
    """The tasks, and the configuration beside them."""
    yield "", json_items(json_bytes(task) for task in _tasks(export))
    yield CONFIG, iter([config(export).encode()])


def check(export: Export) -> None:
    """Raise UsageError where two classes would be one choice."""
    if len(set(map(choice_of, export.classes))) < len(export.classes):
        raise UsageError(
            "two classes differ only in characters that XML cannot hold", hint="rename one of them"
        )


def hints(export: Export) -> Iterator[str]:
    """How to import them."""
    if export.target is None:
        yield f"hint: -o NAME.json writes the labeling configuration too, NAME{CONFIG}"
    else:
        name = export.target.with_suffix(CONFIG)
        yield f"hint: paste {name} into a new project (Labeling Setup, Custom template, Code), then import"
    root = _served(export)
    if root is not None:
        yield (
            f"hint: start Label Studio with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true "
            f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={root}, and add the media's folder as a source storage "
            "of local files, without a sync"
        )
    yield from absent_files(export)


def config(export: Export) -> str:
    """The labeling configuration: what is shown, and the classes as choices."""
    shown = _shown(export)
    tags = "".join(f'  <{TAGS[part]} name="{part}" value="${part}"/>\n' for part in shown)
    if _has_item(export):
        tags += f'  <Table name="{ITEM}" value="${ITEM}"/>\n'
    choices = "".join(map(_choice, export.classes))
    return (
        "<View>\n"
        '  <Header value="Given label: $given_label"/>\n'
        f"{tags}"
        f'  <Choices name="{CONTROL}" toName="{_labelled(export)}" choice="single">\n'
        f"{choices}"
        "  </Choices>\n"
        "</View>\n"
    )


def choice_of(label: str) -> str:
    r"""A class as a choice is called: itself, but for characters that XML cannot hold.

    Example:
        >>> choice_of("cat & dog"), choice_of("bell \a")
        ('cat & dog', 'bell \\x07')
    """
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), label)


def _choice(label: str) -> str:
    name = choice_of(label)
    if "$" in name:  # a variable of the task, if it stood in `value`; the alias is what results say
        return f'    <Choice value="{_attribute(name.replace("$", "＄"))}" alias="{_attribute(name)}"/>\n'
    return f'    <Choice value="{_attribute(name)}"/>\n'


def _attribute(text: str) -> str:
    return escape(text, _WHITE)


def _shown(export: Export) -> list[Shown]:
    return [part for part in TAGS if export.has(part)]


def _has_item(export: Export) -> bool:
    """Whether to show a table: of other columns, or of what names the row where there is nothing else."""
    return not _shown(export) or any(preview.columns for _, preview in export.tasks())


def _labelled(export: Export) -> str:
    return next(iter(_shown(export)), ITEM)


def _tasks(export: Export) -> Iterator[dict[str, Any]]:
    shown, has_item, to_name, root = _shown(export), _has_item(export), _labelled(export), _served(export)
    for suspect, preview in export.tasks():
        yield {
            "data": _data(suspect, preview, shown, root)
            | ({ITEM: _item(suspect, preview)} if has_item else {}),
            "predictions": _predictions(suspect, to_name, export.tool),
            "meta": without_nulls(
                {
                    "rank": suspect.rank,
                    "file": suspect.file,
                    "row": suspect.row,
                    "line": suspect.line,
                    "split": suspect.split,
                    "rules": list(suspect.rules),
                    "status": suspect.status,
                }
            ),
        }


def _data(suspect: Suspect, preview: Preview, shown: list[Shown], root: Path | None) -> dict[str, Any]:
    """What is shown, and what every export of Label Studio gives back."""
    # A variable of the configuration may not be null.
    cells = {part: _cell(getattr(preview, part), root) for part in shown}
    return cells | without_nulls(
        {
            "id": suspect.id,
            "given_label": suspect.given_label,
            "suggested_label": suspect.suggested_label,
            "label_quality": suspect.label_quality,
            "p_error": suspect.p_error,
            "fingerprint": suspect.fingerprint,
        }
    )


def _item(suspect: Suspect, preview: Preview) -> dict[str, str]:
    cells = {name: value or "" for name, value in preview.columns.items()}
    return cells or {"id": suspect.id, "file": suspect.file, "row": str(suspect.row)}


def _predictions(suspect: Suspect, to_name: str, tool: str) -> list[dict[str, Any]]:
    """The suggestion; no prediction where no class is credible."""
    if suspect.suggested_label is None:
        return []
    result = {
        "from_name": CONTROL,
        "to_name": to_name,
        "type": "choices",
        "value": {"choices": [choice_of(suspect.suggested_label)]},
    }
    return [without_nulls({"model_version": tool, "score": suspect.suggested_prob, "result": [result]})]


def _cell(found: str | Media | None, root: Path | None) -> str:
    if not isinstance(found, Media):
        return found or ""
    if found.embedded:
        data = found.read()
        return f"data:{media_type(data, found.name)[0]};base64,{base64.b64encode(data).decode()}"
    assert found.place is not None
    if found.is_address:
        return found.place
    assert root is not None
    return LOCAL + quote(_absolute(Path(found.place)).relative_to(root).as_posix())


def _served(export: Export) -> Path | None:
    """The folder that Label Studio is to serve: the current one, or one above it that holds all media."""
    folders = {_absolute(file).parent for file in export.files()}
    return Path(os.path.commonpath([Path.cwd(), *folders])) if folders else None


def _absolute(file: Path) -> Path:
    return Path(os.path.abspath(file))


TOOL = Tool(is_folder=False, files=files, hints=hints, check=check, beside=(CONFIG,))
