"""`labelaudit export`: what is taken along, where it goes, and what is refused before any work."""

import csv
import io
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import labelaudit.cli.export
from labelaudit.cli.app import app
from tests.cli.conftest import CANCER, DIGITS, ROOT
from tests.cli.test_startup import HEAVY, loaded_by

REVIEWS = ROOT / "sample_data" / "reviews.csv"
TOOLS = ("label-studio", "csv", "hf", "fiftyone")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scanned") / "labelaudit-out"
    finished = CliRunner().invoke(app, ["scan", DIGITS, "-q", "--out-dir", str(folder)])
    assert finished.exit_code == 0
    return folder


@pytest.fixture
def audit(scanned):
    shutil.copytree(scanned, "labelaudit-out")
    return "labelaudit-out"


def suspects():
    return [json.loads(line) for line in Path("labelaudit-out/suspects.jsonl").read_text().splitlines()]


def csv_rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def decide(fingerprint, word, **more):
    line = {"fingerprint": fingerprint, "id": "x", "decision": word, "reviewer": "ana", **more}
    with Path("labelaudit-out/decisions.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


# --- what comes out --------------------------------------------------------------------------------------


def test_csv_goes_to_stdout_worst_first(run, audit):
    result = run("export", audit, "--to", "csv")
    assert result.exit_code == 0
    rows = csv_rows(result.stdout)
    assert [row["fingerprint"] for row in rows] == [s["fingerprint"] for s in suspects()]
    assert rows[0]["image"] == f"{rows[0]['id']}.png"
    assert result.stderr.startswith(f"{len(rows)} tasks\nhint: ")


def test_a_sheet_that_was_filled_in_is_applied(run, audit):
    said = run("export", audit, "--to", "csv", "-o", "tasks.csv").stderr
    assert "hint: labelaudit apply AUDIT --decisions tasks.csv reads it back\n" in said
    rows = csv_rows(Path("tasks.csv").read_text())
    rows[0]["decision"], rows[1]["decision"] = "suggested", "given"
    with Path("filled.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, rows[0])
        sheet.writeheader()
        sheet.writerows(rows)
    result = run("apply", audit, "--decisions", "filled.csv")
    assert result.exit_code == 0
    assert f"\n+{rows[0]['id']},{rows[0]['suggested_label']}" in result.stdout
    assert result.stderr.startswith("1 label to change in 1 file\nkept as given: 1 row\n")


def test_label_studio_has_its_configuration_beside_it(run, audit):
    result = run("export", audit, "--to", "label-studio", "-o", "tasks.json")
    assert (result.exit_code, result.stdout) == (0, "")
    tasks = json.loads(Path("tasks.json").read_text())
    assert len(tasks) == len(suspects())
    assert all(task["data"]["image"].startswith("data:image/png;base64,") for task in tasks)
    assert Path("tasks.config.xml").read_text().count("<Choice ") == 10
    assert "paste tasks.config.xml" in result.stderr
    assert {path.name for path in Path().iterdir()} == {audit, "tasks.json", "tasks.config.xml"}


def test_label_studio_on_stdout_is_json_alone(run, audit):
    result = run("export", audit, "--to", "label-studio", "--top", "3")
    assert len(json.loads(result.stdout)) == 3
    assert "-o NAME.json writes the labeling configuration too" in result.stderr


@pytest.mark.parametrize("to", ["hf", "fiftyone"])
def test_folders_appear_whole(run, audit, to):
    result = run("export", audit, "--to", to, "-o", "out", "--top", "5")
    assert (result.exit_code, result.stdout) == (0, "")
    names = {path.relative_to("out").as_posix() for path in Path("out").rglob("*") if path.is_file()}
    images = {f"images/{s['fingerprint']}.png" for s in suspects()[:5]}
    wanted = {
        "hf": {"README.md", "data/suspects-00000-of-00001.parquet"},
        "fiftyone": {"README.md", "labels.json", "given.json", "data.json", *images},
    }
    assert names == wanted[to]
    assert {path.name for path in Path().iterdir()} == {audit, "out"}


def test_pictures_of_a_table_are_in_the_hugging_face_table(run, audit):
    run("export", audit, "--to", "hf", "-o", "out")
    table = pq.read_table("out/data/suspects-00000-of-00001.parquet")
    given = {row["id"]: row["image"] for row in pq.read_table(f"{DIGITS}/images.parquet").to_pylist()}
    assert table["image"].to_pylist() == [given[row_id] for row_id in table["id"].to_pylist()]


def test_texts_without_ids_are_exported(run):
    Path("reviews.csv").write_bytes(REVIEWS.read_bytes())
    run("scan", "reviews.csv", "--predict", "-q")
    rows = csv_rows(run("export", "labelaudit-out", "--to", "csv").stdout)
    texts = [row["text"] for row in csv_rows(REVIEWS.read_text())]
    assert rows
    assert all(row["text"] == texts[int(row["row"])] for row in rows)


def test_numbers_are_shown_as_a_table(run):
    run("scan", CANCER, "-q")
    tasks = json.loads(run("export", "labelaudit-out", "--to", "label-studio").stdout)
    assert len(tasks[0]["data"]["item"]) == 30
    assert float(tasks[0]["data"]["item"]["mean_radius"]) > 0


def test_the_result_is_the_same_twice(run, audit):
    for name in ("a", "b"):
        run("export", audit, "--to", "hf", "-o", name)
    one, two = (Path(name, "data/suspects-00000-of-00001.parquet").read_bytes() for name in ("a", "b"))
    assert one == two


# --- which suspects --------------------------------------------------------------------------------------


def test_decided_suspects_stay_behind_unless_all_are_wanted(run, audit):
    found = suspects()
    decide(found[0]["fingerprint"], "given")
    decide(found[1]["fingerprint"], "suggested", label=found[1]["suggested_label"])
    decide(found[2]["fingerprint"], "skip")
    result = run("export", audit, "--to", "csv")
    ids = [row["id"] for row in csv_rows(result.stdout)]
    assert ids == [s["id"] for s in found[2:]]
    assert result.stderr.startswith(
        f"{len(found) - 2} tasks\n2 suspects left out: 2 by decisions\nhint: --all takes them too\n"
    )
    whole = run("export", audit, "--to", "csv", "--all", "--top", "2")
    assert whole.stderr.startswith(f"2 tasks, the worst of {len(found)}\nhint: fill in")
    assert [row["id"] for row in csv_rows(whole.stdout)] == [s["id"] for s in found[:2]]


def test_suspects_in_the_baseline_stay_behind(run, audit):
    Path("labelaudit.ignore.toml").write_text(f'[[ignore]]\nid = "{suspects()[0]["id"]}"\nreason = "blot"\n')
    run("scan", DIGITS, "-q")
    statuses = [s["status"] for s in suspects()]
    assert statuses.count("ignored") == 1
    result = run("export", audit, "--to", "csv")
    assert len(csv_rows(result.stdout)) == len(statuses) - 1
    assert "\n1 suspect left out: 1 by labelaudit.ignore.toml\nhint: --all" in result.stderr
    assert len(csv_rows(run("export", audit, "--to", "csv", "--all").stdout)) == len(statuses)


@pytest.mark.parametrize("to", TOOLS)
def test_no_suspects_are_no_error(run, audit, to):
    assert run("export", audit, "--to", to, "-o", "out", "--top", "0").exit_code == 0
    assert Path("out").exists()


# --- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no tool is named"),
        (["--to", "doccano"], "'doccano' is not one of label-studio, csv, hf, fiftyone"),
        (["--to", "hf"], "hf is a folder"),
        (["--to", "fiftyone", "-o", "-"], "fiftyone is a folder"),
        (["--to", "hf", "-o", "labelaudit-out"], "the folder is not empty"),
        (["--to", "hf", "-o", "no/where"], "its folder does not exist"),
        (["--to", "csv", "-o", "labelaudit-out"], "is a folder"),
        (["--to", "csv", "-o", f"{DIGITS}/labels.csv"], "is one of the inputs"),
        (["--to", "csv", "-o", "out", "--text-col", "prose"], "no table has a column 'prose' (--text-col)"),
        (["--to", "csv", "-o", "out", "--top", "some"], "is not a whole number"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_mend(run, audit, arguments, said):
    before = Path(f"{DIGITS}/labels.csv").read_bytes()
    result = run("export", audit, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert not Path("out").exists()
    assert Path(f"{DIGITS}/labels.csv").read_bytes() == before


@pytest.mark.parametrize("existing", ["tasks.json", "tasks.config.xml"])
def test_what_exists_is_overwritten_only_by_force(run, audit, existing):
    Path(existing).write_text("filled in")
    arguments = ["export", audit, "--to", "label-studio", "-o", "tasks.json"]
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"error[output]: {existing}: exists already\nhint: --force overwrites it; nothing was written\n"
    )
    assert Path(existing).read_text() == "filled in"
    assert {path.name for path in Path().iterdir()} == {audit, existing}
    assert run(*arguments, "--force").exit_code == 0
    assert Path(existing).read_text() != "filled in"


def test_a_file_beside_is_no_obstacle_to_a_sheet(run, audit):
    Path("tasks.config.xml").write_text("mine")
    assert run("export", audit, "--to", "csv", "-o", "tasks.csv").exit_code == 0
    assert Path("tasks.config.xml").read_text() == "mine"


def test_force_empties_no_folder_and_overwrites_no_input(run, audit):
    for target, to in ((audit, "hf"), (f"{DIGITS}/labels.csv", "csv")):
        assert run("export", audit, "--to", to, "-o", target, "--force").exit_code == 2


def test_fiftyone_needs_pictures(run):
    run("scan", CANCER, "-q")
    result = run("export", "labelaudit-out", "--to", "fiftyone", "-o", "out")
    assert result.exit_code == 2
    assert "error[usage]: no pictures" in result.stderr
    assert not Path("out").exists()


@pytest.mark.parametrize("to", TOOLS)
def test_a_file_that_is_gone_writes_nothing(run, to):
    Path("data").mkdir()
    for name in ("labels.csv", "pred_probs.parquet"):
        Path("data", name).write_bytes(Path(DIGITS, name).read_bytes())
    run("scan", "data", "-q")
    Path("data/labels.csv").unlink()
    result = run("export", "labelaudit-out", "--to", to, "-o", "out")
    assert result.exit_code == 2
    assert "error[unreadable-file]: data/labels.csv: is not there any more" in result.stderr
    assert "scan again" in result.stderr
    assert not Path("out").exists()


def test_a_corrected_label_asks_for_another_scan(run):
    Path("labels.csv").write_bytes(Path(DIGITS, "labels.csv").read_bytes())
    run("scan", "labels.csv", f"{DIGITS}/pred_probs.parquet", "-q")
    worst = suspects()[0]
    lines = Path("labels.csv").read_text().splitlines()
    lines[worst["line"] - 1] = f"{worst['id']},{worst['suggested_label']}"
    Path("labels.csv").write_text("\n".join(lines) + "\n")
    result = run("export", "labelaudit-out", "--to", "csv")
    assert result.exit_code == 2
    assert f"row {worst['row']} (line {worst['line']}): the label is" in result.stderr
    assert "hint: scan again" in result.stderr


def test_a_pinned_top_is_about_printing(run, audit, monkeypatch):
    monkeypatch.setenv("LABELAUDIT_TOP", "1")
    assert len(csv_rows(run("export", audit, "--to", "csv").stdout)) == len(suspects())


def test_quiet_says_nothing(run, audit):
    assert run("export", audit, "--to", "csv", "-o", "out.csv", "-q").output == ""


def test_nothing_is_written_beside_a_pipe(process, audit):
    result = process("export", audit, "--to", "label-studio", "-o", "/dev/stdout", "--top", "1")
    assert result.returncode == 0
    assert len(json.loads(result.stdout)) == 1
    assert not Path("/dev/stdout.config.xml").exists()


# --- help ------------------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy():
    assert not HEAVY & loaded_by("export", "--help")


def test_the_examples_of_the_help_run(run, audit):
    page = labelaudit.cli.export.command.help
    lines = page.split("Examples:")[1].split("\n")
    examples = [line.split() for line in lines if line.strip().startswith("labelaudit export")]
    assert len(examples) == 3
    for words in examples:
        assert run(*words[1:]).exit_code == 0
    assert {path.name for path in Path().iterdir()} == {
        *(audit, "tasks.json", "tasks.config.xml", "tasks.csv", "suspects")
    }
