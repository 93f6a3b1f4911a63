"""Exports: each format read back by its own rules, with strings from hostile data."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.errors import OutputError, UsageError
from labelaudit.exporting import TOOLS, tool
from labelaudit.exporting.label_studio import choice_of
from labelaudit.exporting.model import Export
from labelaudit.exporting.writing import check_folder, write_folder
from labelaudit.io.text import hugging_face_classes
from labelaudit.previews import Media, Preview
from labelaudit.types import Suspect

HOSTILE = (
    "a\"b'",
    "<x>&amp;",
    "new\nline\ttab\r",
    "ünï☃😀",
    "$price",
    "bell\x07",
    "\x9b\ufffe",
    "=1+1",
    " spaced ",
    "{{idx}}",
    "null",
    "---",
    "\u2028]]>",
    "'0': x",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PNG = b"\x89PNG\r\n\x1a\n"


def suspect_of(rank: int, given_label: str, suggested_label: str | None, **more: Any) -> Suspect:
    fields = {
        "id": f"r{rank}",
        "file": "d.csv",
        "row": rank - 1,
        "line": rank + 1,
        "split": None,
        "label_quality": 0.1,
        "p_error": 0.9,
        "self_confidence": 0.05,
        "suggested_prob": None if suggested_label is None else 0.75,
        "runner_up_label": None,
        "normalized_margin": 0.2,
        "neighbor_agreement": None,
        "rules": ("LA101", "LA102"),
        "fingerprint": f"{rank:016x}",
    }
    return Suspect(rank=rank, given_label=given_label, suggested_label=suggested_label, **{**fields, **more})


def export_of(
    suspects: list[Suspect],
    previews: list[Preview] | None = None,
    *,
    classes: tuple[str, ...] = HOSTILE,
    target: Path | None = None,
) -> Export:
    shown = previews or [Preview()] * len(suspects)
    return Export(
        suspects=tuple(suspects),
        previews={s.fingerprint: preview for s, preview in zip(suspects, shown, strict=True)},
        classes=classes,
        tool="labelaudit 9",
        target=target,
    )


def hostile_export(**preview: Any) -> Export:
    """One suspect a class; the last has no suggestion."""
    suspects = [suspect_of(i + 1, label, HOSTILE[i - 1], id=label) for i, label in enumerate(HOSTILE)]
    suspects[-1] = suspect_of(len(HOSTILE), HOSTILE[-1], None)
    previews = [
        Preview(text=f"{label} text", columns={f"col {label}": label}, **preview) for label in HOSTILE
    ]
    return export_of(suspects, previews)


def contents(export: Export, name: str) -> dict[str, bytes]:
    """Every file of a tool, by name."""
    tool(name).check(export)
    return {file: b"".join(chunks) for file, chunks in tool(name).files(export)}


def image_file(path: str = "pics/a b.png", name: str = "a b.png") -> Media:
    return Media(name=name, place=path)


def image_inside() -> Media:
    return Media(name="x.png", place=None, data=PNG, embedded=True)


# --- label studio ----------------------------------------------------------------------------------------


def choices_of(config: bytes) -> list[str]:
    """What results of a configuration say: the alias of a choice, else its value."""
    root = ElementTree.fromstring(config)
    return [choice.get("alias", choice.get("value", "")) for choice in root.iter("Choice")]


def variables_of(config: bytes) -> list[str]:
    """The keys of the data that a configuration names."""
    values = [tag.get("value", "") for tag in ElementTree.fromstring(config).iter()]
    return re.findall(r"\$(\w+)", " ".join(values))


def test_tasks_fit_their_labeling_configuration() -> None:
    files = contents(hostile_export(image=image_file()), "label-studio")
    tasks, config = json.loads(files[""]), files[".config.xml"]
    root = ElementTree.fromstring(config)
    (control,) = root.iter("Choices")
    names = {tag.get("name"): tag.tag for tag in root.iter() if tag.get("name")}
    assert names == {"text": "Text", "image": "Image", "item": "Table", "label": "Choices"}
    assert choices_of(config) == [choice_of(label) for label in HOSTILE]
    assert len(tasks) == len(HOSTILE)
    for task in tasks:
        assert set(task) == {"data", "predictions", "meta"}
        assert all(task["data"][name] is not None for name in variables_of(config))
        for prediction in task["predictions"]:
            assert (prediction["model_version"], prediction["score"]) == ("labelaudit 9", 0.75)
            (result,) = prediction["result"]
            assert (result["from_name"], result["to_name"]) == ("label", control.get("toName"))
            assert result["type"] == "choices"
            (choice,) = result["value"]["choices"]
            assert choice in choices_of(config)


def test_tasks_keep_every_string_of_the_data() -> None:
    tasks = json.loads(contents(hostile_export(), "label-studio")[""])
    for task, label, before in zip(tasks, HOSTILE, (HOSTILE[-1], *HOSTILE), strict=False):
        data = task["data"]
        assert (data["text"], data["given_label"]) == (f"{label} text", label)
        assert data["item"] == {f"col {label}": label}
        assert data.get("suggested_label") == (None if label == HOSTILE[-1] else before)
    assert [task["data"]["fingerprint"] for task in tasks] == [f"{i + 1:016x}" for i in range(len(HOSTILE))]
    assert tasks[-1]["predictions"] == []


def test_no_choice_names_a_variable() -> None:
    """Label Studio would look `$price` up in the task."""
    config = contents(hostile_export(), "label-studio")[".config.xml"]
    assert set(variables_of(config)) == {"given_label", "text", "item"}
    assert "$price" in choices_of(config)


@given(st.lists(TEXTS.filter(bool), min_size=2, unique=True))
def test_any_class_is_a_choice(classes: list[str]) -> None:
    export = export_of([suspect_of(1, classes[0], classes[1])], classes=tuple(classes))
    if len(set(map(choice_of, classes))) < len(classes):
        with pytest.raises(UsageError):
            contents(export, "label-studio")
        return
    files = contents(export, "label-studio")
    assert choices_of(files[".config.xml"]) == [choice_of(name) for name in classes]
    (task,) = json.loads(files[""])
    assert task["predictions"][0]["result"][0]["value"]["choices"] == [choice_of(classes[1])]


def test_two_classes_that_xml_cannot_tell_apart_are_refused() -> None:
    export = export_of([], classes=("bell \a", "bell \\x07"))
    with pytest.raises(UsageError, match="two classes differ only"):
        contents(export, "label-studio")


def test_rows_that_show_nothing_are_told_by_id_file_and_row() -> None:
    files = contents(export_of([suspect_of(3, "null", "---")]), "label-studio")
    (task,) = json.loads(files[""])
    assert task["data"]["item"] == {"id": "r3", "file": "d.csv", "row": "2"}
    assert ElementTree.fromstring(files[".config.xml"]).find("Choices").get("toName") == "item"  # type: ignore[union-attr]


def test_media_are_named_as_label_studio_serves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    media = [
        image_file("pics/a b#%?ü.png"),
        image_file(str(tmp_path / "pics" / "abs.png")),
        image_inside(),
        Media(name="u", place="https://example.org/a?b=c"),
    ]
    suspects = [suspect_of(i + 1, "null", "---") for i in range(5)]
    export = export_of(suspects, [*(Preview(image=found) for found in media), Preview()])
    cells = [task["data"]["image"] for task in json.loads(contents(export, "label-studio")[""])]
    prefix = "/data/local-files/?d="
    assert unquote(cells[0].removeprefix(prefix)) == "pics/a b#%?ü.png"
    assert not set("#?ü ") & set(cells[0].removeprefix(prefix))
    assert cells[1] == prefix + "pics/abs.png"
    assert base64.b64decode(cells[2].removeprefix("data:image/png;base64,")) == PNG
    assert cells[3:] == ["https://example.org/a?b=c", ""]
    assert any(
        f"LOCAL_FILES_DOCUMENT_ROOT={tmp_path}," in line for line in tool("label-studio").hints(export)
    )


def test_media_outside_the_current_folder_move_the_served_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    export = export_of([suspect_of(1, "null", "---")], [Preview(image=image_file("../pics/a.png"))])
    (task,) = json.loads(contents(export, "label-studio")[""])
    assert task["data"]["image"] == "/data/local-files/?d=pics/a.png"
    hints = list(tool("label-studio").hints(export))
    assert any(f"DOCUMENT_ROOT={tmp_path}," in line for line in hints)
    assert any(line.startswith("notice[media-absent]: ../pics/a.png is not there") for line in hints)


# --- csv -------------------------------------------------------------------------------------------------

COLUMNS = [
    *("id", "file", "row", "line", "split"),
    *("given_label", "suggested_label", "suggested_prob", "label_quality", "p_error", "rules"),
    *("fingerprint", "decision", "label", "reviewer", "note"),
]


def csv_rows(export: Export) -> list[dict[str, str]]:
    (data,) = contents(export, "csv").values()
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_task_is_a_line_with_room_for_a_decision() -> None:
    (row,) = csv_rows(export_of([suspect_of(1, "null", None, line=None, p_error=None)]))
    assert list(row) == COLUMNS
    empty = ("line", "split", "suggested_label", "suggested_prob", "p_error")
    assert {row[name] for name in (*empty, "decision", "label", "reviewer", "note")} == {""}
    assert (row["row"], row["label_quality"], row["rules"]) == ("0", "0.1", "LA101;LA102")


def test_cells_are_what_the_data_says() -> None:
    """Nothing is put before a cell that looks like a formula: that would be another label."""
    export = hostile_export(image=image_file(), audio=Media(name="s.wav", place="/t/x", embedded=True))
    rows = csv_rows(export)
    assert list(rows[0])[5:8] == ["text", "image", "audio"]
    assert [row["given_label"] for row in rows] == list(HOSTILE)
    assert [row["text"] for row in rows] == [f"{label} text" for label in HOSTILE]
    assert {(row["image"], row["audio"]) for row in rows} == {("pics/a b.png", "s.wav")}
    assert any(line.startswith("notice[formula-like]: ") for line in tool("csv").hints(export))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text_survives_csv(texts: list[str]) -> None:
    suspects = [suspect_of(i + 1, "null", "---") for i in range(len(texts))]
    rows = csv_rows(export_of(suspects, [Preview(text=text) for text in texts]))
    assert [row["text"] for row in rows] == texts


def test_plain_cells_are_no_notice() -> None:
    export = export_of([suspect_of(1, "cat", "dog")])
    assert not any("formula" in line for line in tool("csv").hints(export))


# --- hugging face ----------------------------------------------------------------------------------------


def hf_table(export: Export) -> pa.Table:
    return pq.read_table(io.BytesIO(contents(export, "hf")["data/suspects-00000-of-00001.parquet"]))


def features_of(table: pa.Table) -> dict[str, Any]:
    features: dict[str, Any] = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    return features


def test_labels_are_class_labels_and_null_without_a_suggestion() -> None:
    table = hf_table(hostile_export())
    for name in ("given_label", "suggested_label"):
        assert hugging_face_classes(table.schema, name) == HOSTILE
    assert table["given_label"].to_pylist() == list(range(len(HOSTILE)))
    assert table["suggested_label"].to_pylist() == [len(HOSTILE) - 1, *range(len(HOSTILE) - 2), None]
    assert table["text"].to_pylist() == [f"{label} text" for label in HOSTILE]
    assert table["fingerprint"].to_pylist()[0] == f"{1:016x}"
    assert table["rules"].to_pylist()[0] == ["LA101", "LA102"]
    assert table[f"item_col {HOSTILE[0]}"].to_pylist() == [HOSTILE[0], *[None] * (len(HOSTILE) - 1)]


def test_features_and_columns_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    table = hf_table(hostile_export(image=image_file(str(tmp_path / "a.png")), audio=image_inside()))
    features = features_of(table)
    assert list(features) == table.column_names
    arrow = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}
    media = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    kinds = {"ClassLabel": pa.int64(), "Image": media, "Audio": media, "Sequence": pa.list_(pa.string())}
    for name, feature in features.items():
        kind = arrow[feature["dtype"]] if feature["_type"] == "Value" else kinds[feature["_type"]]
        assert table.schema.field(name).type == kind


def test_pictures_are_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG + b"file")
    media = [
        image_file(str(tmp_path / "a.png"), "pics/a.png"),
        image_inside(),
        Media(name="u", place="https://example.org/c.png"),
        None,
    ]
    suspects = [suspect_of(i + 1, "null", "---") for i in range(4)]
    table = hf_table(export_of(suspects, [Preview(image=found) for found in media]))
    assert table["image"].to_pylist() == [
        {"bytes": PNG + b"file", "path": "a.png"},
        {"bytes": PNG, "path": "x.png"},
        {"bytes": None, "path": "https://example.org/c.png"},
        None,
    ]


def test_a_file_that_is_no_picture_is_named_and_not_taken_along(tmp_path: Path) -> None:
    """A table may name any file of this machine, and the folder may be published."""
    for content in (b"root:x:0:0", b"<?xml version='1.0'?><settings><password>"):
        (tmp_path / "secret").write_bytes(content)
        export = export_of(
            [suspect_of(1, "null", "---")], [Preview(image=image_file(str(tmp_path / "secret")))]
        )
        assert hf_table(export)["image"].to_pylist() == [{"bytes": None, "path": str(tmp_path / "secret")}]


def test_many_rows_are_several_row_groups() -> None:
    suspects = [suspect_of(i + 1, "null", "---") for i in range(200)]
    export = export_of(suspects, [Preview(image=image_inside())] * 200)
    data = contents(export, "hf")["data/suspects-00000-of-00001.parquet"]
    assert pq.ParquetFile(io.BytesIO(data)).metadata.num_row_groups == 4
    assert hf_table(export)["id"].to_pylist() == [f"r{i + 1}" for i in range(200)]


def card_features(card: str) -> list[tuple[str, str]]:
    """Names and kinds of `dataset_info`, by the little of YAML that the card uses."""
    head = card.split("\n---\n", maxsplit=1)[0]
    names = [
        json.loads(line.removeprefix("  - name: ")) for line in head.splitlines() if "  - name: " in line
    ]
    kinds = re.findall(r"^    (?:dtype|sequence):(?: (\w+))?(?:\n      (class_label):)?$", head, re.MULTILINE)
    return [(name, "".join(kind)) for name, kind in zip(names, kinds, strict=True)]


def test_the_card_tells_the_same_features() -> None:
    export = hostile_export(image=image_inside())
    card = contents(export, "hf")["README.md"].decode()
    assert card.startswith("---\nconfigs:\n- config_name: default\n")
    assert "  - split: suspects\n    path: data/suspects-*\n" in card
    spelled = {"ClassLabel": "class_label", "Image": "image", "Sequence": "string"}
    features = features_of(hf_table(export))
    wanted = [(name, spelled.get(f["_type"], f.get("dtype"))) for name, f in features.items()]
    assert card_features(card) == wanted
    names = re.findall(r"^          '(\d+)': (.*)$", card, re.MULTILINE)
    assert [json.loads(text) for _, text in names] == [*HOSTILE, *HOSTILE]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe]", card)


# --- fiftyone --------------------------------------------------------------------------------------------


def test_fiftyone_has_both_labels_with_confidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    export = hostile_export(image=image_file())
    files = contents(
        export_of(list(export.suspects), list(export.previews.values()), target=Path("fo")), "fiftyone"
    )
    assert set(files) == {"labels.json", "given.json", "data.json", "README.md"}
    suggested, given_labels, data = (
        json.loads(files[name]) for name in ("labels.json", "given.json", "data.json")
    )
    assert suggested["classes"] == given_labels["classes"] == list(HOSTILE)
    prints = [suspect.fingerprint for suspect in export.suspects]
    assert list(data) == list(suggested["labels"]) == list(given_labels["labels"]) == prints
    assert set(data.values()) == {"../pics/a b.png"}
    for suspect in export.suspects:
        target = given_labels["labels"][suspect.fingerprint]
        assert (target["label"], target["confidence"]) == (HOSTILE.index(suspect.given_label), 0.05)
        assert target["attributes"]["fingerprint"] == suspect.fingerprint
        assert not {"id", "label", "tags", "confidence", "logits"} & set(target["attributes"])
    assert suggested["labels"][prints[-1]] is None
    assert suggested["labels"][prints[1]]["confidence"] == 0.75


def test_fiftyone_takes_pictures_out_of_the_table() -> None:
    suspects = [suspect_of(i + 1, "null", "---") for i in range(2)]
    export = export_of(suspects, [Preview(image=image_inside()), Preview()], target=Path("fo"))
    files = contents(export, "fiftyone")
    assert json.loads(files["data.json"]) == {f"{1:016x}": f"images/{1:016x}.png"}
    assert files[f"images/{1:016x}.png"] == PNG
    assert list(json.loads(files["labels.json"])["labels"]) == [f"{1:016x}"]
    assert any(line.startswith("notice[no-picture]: 1 ") for line in tool("fiftyone").hints(export))


@pytest.mark.parametrize(
    ("preview", "said"),
    [
        (Preview(text="t"), "no pictures"),
        (Preview(image=Media(name="u", place="https://x/y.png")), "on the web"),
    ],
)
def test_fiftyone_needs_picture_files(preview: Preview, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        tool("fiftyone").check(export_of([suspect_of(1, "null", "---")], [preview]))
    assert caught.value.hint


def test_code_in_the_page_is_code() -> None:
    page = contents(export_of([], target=Path("fo")), "fiftyone")["README.md"].decode()
    compile(page.split("```python\n")[1].split("```")[0], "README.md", "exec")


# --- all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOOLS)
def test_no_suspects_are_valid_files(name: str) -> None:
    export = export_of([], target=Path("fo"))
    files = contents(export, name)
    assert list(tool(name).hints(export))
    for file, data in files.items():
        if file.endswith(".json") or (name == "label-studio" and not file):
            assert not json.loads(data) or not json.loads(data)["labels"]
    if name == "csv":
        assert files[""].decode() == ",".join(COLUMNS) + "\n"
    if name == "hf":
        assert hf_table(export).num_rows == 0


@pytest.mark.parametrize("name", TOOLS)
def test_the_same_suspects_give_the_same_bytes(name: str) -> None:
    def export() -> Export:
        made = hostile_export(image=image_inside())
        return export_of(list(made.suspects), list(made.previews.values()), target=Path("fo"))

    assert contents(export(), name) == contents(export(), name)


# --- a folder ---------------------------------------------------------------------------------------------


def small_files() -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "a.txt", iter([b"1", b"2"])
    yield "deep/er/b.txt", iter([])


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_is_written_with_all_its_files(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
    write_folder(small_files(), folder)
    assert (folder / "a.txt").read_bytes() == b"12"
    assert (folder / "deep" / "er" / "b.txt").read_bytes() == b""
    assert list(tmp_path.iterdir()) == [folder]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert folder.stat().st_mode == plain.stat().st_mode


def test_an_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    def breaking() -> Iterator[tuple[str, Iterator[bytes]]]:
        yield from small_files()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(breaking(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, said in (("full", "not empty"), ("file", "is a file"), ("no/where", "does not exist")):
        with pytest.raises(OutputError, match=said):
            check_folder(tmp_path / name)
        with pytest.raises(OutputError):
            write_folder(small_files(), tmp_path / name)
    assert (tmp_path / "full" / "mine").read_text() == (tmp_path / "file").read_text() == "mine"
