"""`rank-models`: its result in four forms, its picture, and what is refused."""

import csv
import io
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit.decisions import BATCH_NOTE
from tests.builders import Sample, audit_paths, honest_sample, write
from tests.cli.test_startup import HEAVY, loaded_by
from tests.made_audits import decision_on, written_line
from tests.report.values import HOSTILE

AUDIT = "labelaudit-out"
DECISIONS = Path(AUDIT) / "decisions.jsonl"
PETS = ("cat", "dog", "owl")


def a_noisy_sample(n_rows=400):
    """Labels of which every tenth is wrong, and what is right."""
    clean = honest_sample(n_rows=n_rows, noise_rate=0.0)
    wrong = {i: PETS[(clean.codes[i] + 1) % 3] for i in range(0, n_rows, 10)}
    return clean.with_labels(wrong), np.array(clean.codes)


def said(sample: Sample, truth, *, slips, repeats):
    """What a model says that errs on every `slips`-th row and repeats a share of the wrong labels."""
    codes = truth.copy()
    rows = np.arange(len(truth))
    slipped = (rows % slips == 1) & (rows % 10 != 0)
    codes[slipped] = (codes[slipped] + 2) % 3
    wrong = np.flatnonzero(sample.codes != truth)
    repeated = wrong[: round(repeats * len(wrong))]
    codes[repeated] = sample.codes[repeated]
    return [PETS[code] for code in codes]


@pytest.fixture
def models():
    """An audit of which every wrong label was reviewed, and two models."""
    sample, truth = a_noisy_sample()
    write(Path("labels.csv"), sample.table())
    labelaudit.save_audit(audit_paths(Path("labels.csv")), AUDIT)
    rows = labelaudit.load_audit(AUDIT).scores().to_pylist()
    wrong = np.flatnonzero(sample.codes != truth)
    DECISIONS.write_text("".join(written_line(decision_on(rows[i], PETS[truth[i]])) for i in wrong))
    for name, how in {"large": {"slips": 40, "repeats": 0.9}, "small": {"slips": 11, "repeats": 0.1}}.items():
        table = pa.table({"id": list(sample.ids), "prediction": said(sample, truth, **how)})
        write(Path(f"{name}.csv"), table)
    return ("rank-models", AUDIT, "--preds", "large=large.csv", "--preds", "small=small.csv")


def test_reviewed_labels_turn_the_order_around(run, models):
    result = run(*models, "--output-format", "json", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert [model["name"] for model in found["models"]] == ["small", "large"]
    assert [model["given"]["accuracy"]["rank"] for model in found["models"]] == [2, 1]
    assert found["moved"] == ["small", "large"]
    assert found["review"]["errors"] == 40
    assert found["review"]["prevalence"] == pytest.approx(0.1)
    (crossing,) = found["crossings"]
    assert (crossing["below"], crossing["above"]) == ("large", "small")
    assert crossing["low"] <= crossing["prevalence"] <= crossing["high"]
    assert crossing["prevalence"] < 0.1
    assert found["models"][1]["errors_repeated"] == pytest.approx(0.9)
    assert found["verdict"].startswith("reviewed labels change the order by accuracy (small, large)")


def test_the_table_tells_how_much_was_reviewed(run, models):
    result = run(*models, "--output-format", "table")
    told = " ".join(result.stdout.split())  # however wide the screen is
    assert told.startswith(
        "2 models on 400 rows, 3 classes: 40 reviewed label errors, a noise prevalence of 10.0 %"
    )
    assert " suspects reviewed" in told
    assert "large would overtake small if only" in told
    assert "of the rows were mislabelled, not 10.0 % as now (90 % range: " in told
    assert "large  large.csv, column prediction" in result.stderr


def test_csv_has_a_line_a_model_metric_and_kind_of_labels(run, models):
    result = run(*models)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 2 * 2 * 3
    assert {row["labels"] for row in rows} == {"given", "reviewed"}
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in rows)
    assert "2 models on 400 rows" in result.stderr


def test_markdown_names_the_picture_from_its_own_folder(run, models):
    os.mkdir("pages")
    result = run(*models, "-o", "pages/ranks.md", "--picture", "ranks.svg", "--draws", "200")
    assert result.exit_code == 0
    page = Path("pages/ranks.md").read_text()
    assert "](../ranks.svg)" in page
    assert "--preds large=large.csv --preds small=small.csv --draws 200" in page
    assert "| small | large |" in page
    words = " ".join(e.text or "" for e in ElementTree.parse("ranks.svg").iter())
    assert "large overtakes small at" in words


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_the_same_call_gives_the_same_bytes(run, models, form):
    call = (*models, "--output-format", form, "-q")
    assert run(*call).stdout == run(*call).stdout


def test_seed_and_level_change_the_ranges_only(run, models):
    def measure(*more):
        found = json.loads(run(*models, "--output-format", "json", "-q", *more).stdout)
        return found["models"][0]["reviewed"]["accuracy"]

    plain, seeded, narrow = measure(), measure("--seed", "9"), measure("--confidence", "0.5")
    assert plain["value"] == seeded["value"] == narrow["value"]
    assert plain["low"] < narrow["low"] <= narrow["high"] < plain["high"]


def test_names_of_models_cannot_move_the_cursor(run, models):
    Path("small.csv").rename("s.csv")
    call = (*models[:4], "--preds", f"{HOSTILE.replace('=', '')}=s.csv", "--picture", "p.svg")
    for form in ("table", "markdown", "json"):
        result = run(*call, "--output-format", form)
        assert result.exit_code == 0
        assert not {"\x1b", "\x9b", "\x00"} & set(result.stdout + result.stderr)
    ElementTree.parse("p.svg")


def test_names_of_models_cannot_forge_a_line(run, models):
    call = (*models[:4], "--preds", "x\nnotice[LA101]: all is well=large.csv")
    result = run(*call, "--output-format", "table")
    assert not any(line.startswith("notice[LA101]") for line in result.stderr.splitlines())


def test_ranges_are_not_broken_at_80_columns(run, models, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(*models, "--output-format", "table", "-q").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line for line in lines if line.startswith((" large  ", " small  "))]
    assert len(rows) == 3 * 2 + 2 + 1
    assert all(line.count("(") == line.count(")") for line in rows)


def test_several_files_of_decisions_are_read(run, models):
    lines = DECISIONS.read_text().splitlines(keepends=True)
    DECISIONS.unlink()
    Path("a.jsonl").write_text("".join(lines[:20]))
    Path("b.jsonl").write_text("".join(lines[20:]))
    call = (*models, "--decisions", "a.jsonl,b.jsonl", "--output-format", "json", "-q")
    assert json.loads(run(*call).stdout)["review"]["errors"] == 40


def test_stale_and_batch_decisions_are_told_by_name(run, models):
    records = [json.loads(line) for line in DECISIONS.read_text().splitlines()]
    names = [record["id"] for record in records[:5]]
    for record in records[:5]:
        record["fingerprint"] = "of-another-label" + record["id"]
    for record in records[5:12]:
        record["note"] = BATCH_NOTE
    DECISIONS.write_text("".join(json.dumps(record) + "\n" for record in records))
    result = run(*models, "--output-format", "json")
    review = json.loads(result.stdout)["review"]
    assert (review["errors"], review["stale"], review["in_batch"]) == (35, names, 7)
    told = ", ".join(f"'{name}'" for name in names[:3])
    assert f"notice[stale-decisions]: decisions on {told} and 2 more are set aside" in result.stderr
    assert "5 decisions set aside, the label has changed since" in result.stderr
    assert "7 of 35 reviewed label errors were accepted in a batch: nobody looked at each" in result.stderr


def test_decisions_that_all_are_stale_hold_models_to_nothing(run, models):
    text = DECISIONS.read_text().replace('"fingerprint": "', '"fingerprint": "x')
    DECISIONS.write_text(text)
    result = run(*models)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no row is decided; 40 decisions set aside, the label has changed since" in result.stderr


def test_arrays_are_told_to_be_matched_by_order(run, models):
    codes = [PETS.index(line.split(",")[1]) for line in Path("small.csv").read_text().split()[1:]]
    np.save("small.npy", np.array(codes))
    result = run(*models[:4], "--preds", "array=small.npy")
    assert result.exit_code == 0
    assert (
        "notice[rows-by-order]: predictions of 'array' are matched with the rows by their order"
        in result.stderr
    )
    assert "notice[classes-by-position]: predictions of 'array' name no classes" in result.stderr
    assert "0 is taken for 'cat', 2 for 'owl'" in result.stderr
    np.save("small.npy", np.array(codes[:-1]))
    result = run(*models[:4], "--preds", "array=small.npy")
    assert result.exit_code == 2
    assert "399 predictions, but 400 rows were scanned" in result.stderr


REFUSED = {
    "no model": (("rank-models", AUDIT), "usage", "no model is named"),
    "no name": (("rank-models", AUDIT, "--preds", "small.csv"), "usage", "give NAME=FILE"),
    "one name twice": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "--preds", "a=large.csv"),
        "usage",
        "two models are called 'a'",
    ),
    "no audit": (("rank-models", "nowhere", "--preds", "a=small.csv"), "audit-not-found", "no such folder"),
    "no file": (("rank-models", AUDIT, "--preds", "a=smal.csv"), "file-not-found", "small.csv"),
    "no such split": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "--split", "dev"),
        "usage",
        "no row is in split 'dev'",
    ),
    "no decisions file": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "--decisions", "none.jsonl"),
        "file-not-found",
        "check --decisions",
    ),
    "a strange level": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "--confidence", "1"),
        "config",
        "give a level from 0.5",
    ),
    "a strange share": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "--min-agreement", "0.2"),
        "usage",
        "a number from 0.5 to 1",
    ),
    "over the predictions": (
        ("rank-models", AUDIT, "--preds", "a=small.csv", "-o", "small.csv"),
        "output",
        "is one of the inputs",
    ),
}


@pytest.mark.parametrize("option", ["-o", "--picture"])
@pytest.mark.parametrize("name", ["decisions.jsonl", "scores.parquet", "summary.json"])
def test_the_audit_is_not_written_over(run, models, option, name):
    before = Path(AUDIT, name).read_bytes()
    result = run(*models, option, f"{AUDIT}/{name}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is one of the inputs" in result.stderr
    assert Path(AUDIT, name).read_bytes() == before


def test_parts_of_a_model_are_not_written_over(run, models):
    os.mkdir("parts")
    Path("small.csv").rename("parts/0.csv")
    result = run(*models[:4], "--preds", "small=parts", "-o", "parts/0.csv")
    assert result.exit_code == 2
    assert "is one of the inputs" in result.stderr


def test_page_and_picture_are_two_files(run, models):
    result = run(*models, "-o", "one.svg", "--picture", "./one.svg")
    assert result.exit_code == 2
    assert "two results in one file" in result.stderr
    assert not Path("one.svg").exists()


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_ranked_is_refused(run, models, case):
    call, code, says = REFUSED[case]
    result = run(*call)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error[{code}]" in result.stderr
    assert says in result.stderr


def test_without_decisions_there_is_nothing_to_hold_models_to(run, models):
    DECISIONS.unlink()
    result = run(*models)
    assert result.exit_code == 2
    assert "nobody has decided anything" in result.stderr
    assert "hint: review the suspects first: labelaudit review serve" in result.stderr


def test_rows_without_a_prediction_are_an_error_with_a_mend(run, models):
    lines = Path("small.csv").read_text().splitlines(keepends=True)
    Path("small.csv").write_text("".join(lines[:-2]))
    result = run(*models)
    assert result.exit_code == 2
    assert "error[LA906]: small.csv, column 'id': 2 of 400 audited rows have no prediction" in result.stderr
    assert "hint: every model needs a prediction for every row" in result.stderr


def test_help_loads_nothing_heavy():
    assert not loaded_by("rank-models", "--help") & HEAVY
