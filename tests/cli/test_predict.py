"""`labelaudit predict`, `scan --predict`, and data without probabilities."""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import CANCER, DIGITS, ROOT

REVIEWS = str(ROOT / "sample_data" / "reviews.csv")
TRUTH = ROOT / "sample_data" / "reviews_truth.csv"
LABELS, EMBEDDINGS = f"{DIGITS}/labels.csv", f"{DIGITS}/embeddings.parquet"


def wrong_reviews():
    with open(REVIEWS, newline="") as given, TRUTH.open(newline="") as truth:
        pairs = zip(csv.DictReader(given), csv.DictReader(truth), strict=True)
        return {row["row"] for label, row in pairs if label["label"] != row["true_label"]}


# --- predict ---------------------------------------------------------------------------------------------


def test_predict_writes_a_file_that_a_scan_accepts(process):
    made = process("predict", REVIEWS, "-o", "pred_probs.parquet")
    assert (made.returncode, made.stdout) == (0, "pred_probs.parquet\n")
    assert "predicted here from column 'text' (TF-IDF, logistic regression, 5 folds)" in made.stderr
    assert "of the given labels are met, log loss" in made.stderr
    assert f"hint: labelaudit scan {REVIEWS} pred_probs.parquet" in made.stderr
    table = pq.read_table("pred_probs.parquet")
    assert table.column_names == ["id", "prob_battery", "prob_comfort", "prob_delivery", "prob_sound"]
    assert table.num_rows == 200
    scanned = process("scan", REVIEWS, "pred_probs.parquet", "--output-format", "jsonl", "--no-save")
    assert scanned.returncode == 0
    found = {json.loads(line)["id"] for line in scanned.stdout.splitlines()}
    assert len(found & wrong_reviews()) >= 9
    assert len(found) <= 15


def test_predict_gives_the_same_bytes_whatever_the_threads(process):
    threads = [("1", "1"), ("3", "2")]
    for workers, blas in threads:
        env = {"OPENBLAS_NUM_THREADS": blas, "OMP_NUM_THREADS": blas}
        process("predict", LABELS, EMBEDDINGS, "-o", f"{workers}.parquet", "--workers", workers, env=env)
    assert Path("1.parquet").read_bytes() == Path("3.parquet").read_bytes()


def test_ids_and_numbers_of_the_data_are_those_of_the_file(run):
    run("predict", CANCER, "-o", "p.csv", "-q", "--folds", "3")
    lines = Path("p.csv").read_text().splitlines()
    assert lines[0] == "id,prob_benign,prob_malignant"
    assert lines[1].startswith("case-001,0.")
    assert sum(map(float, lines[1].split(",")[1:])) == pytest.approx(1)


def test_an_array_comes_with_the_order_of_its_classes(run):
    result = run("predict", LABELS, EMBEDDINGS, "-o", "p.npy")
    assert np.load("p.npy").shape == (1797, 10)
    assert "--classes eight,five,four,nine,one,seven,six,three,two,zero" in result.stderr
    (hint,) = [line for line in result.stderr.splitlines() if line.startswith("hint: labelaudit scan")]
    words = hint.removeprefix("hint: labelaudit ").partition("  #")[0].split()
    assert run(*words, "-q", "--no-save").exit_code == 0


def test_a_folder_gains_its_probabilities_and_may_be_predicted_again(run):
    Path("data").mkdir()
    Path("data/reviews.csv").write_bytes(Path(REVIEWS).read_bytes())
    first = run("predict", "data", "-o", "data/pred_probs.parquet")
    assert "hint: labelaudit scan data  #" in first.stderr
    written = Path("data/pred_probs.parquet").read_bytes()
    assert "joined by row number" in run("scan", "data", "--no-save").stderr
    again = run("predict", "data", "-o", "data/pred_probs.parquet")
    assert "passed over" in again.stderr
    assert Path("data/pred_probs.parquet").read_bytes() == written


def test_quiet_leaves_the_name_of_the_file(run):
    result = run("predict", REVIEWS, "-o", "p.parquet", "-q")
    assert (result.stdout, result.stderr) == ("p.parquet\n", "")


def test_stdin_is_predicted(run):
    result = run("predict", "-", "-o", "p.parquet", input=Path(REVIEWS).read_bytes())
    assert result.exit_code == 0
    assert "hint: labelaudit scan" not in result.stderr


def test_no_warning_reaches_the_user(process):
    hard = "".join(f"{i % 2},{i * 1e15},{(i * 7919) % 13}\n" for i in range(40))
    Path("hard.csv").write_text("label,feature_0,feature_1\n" + hard)
    result = process("predict", "hard.csv", "-o", "p.parquet", env={"PYTHONWARNINGS": "always"})
    assert result.returncode == 0
    assert "Warning" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no data"),
        ([REVIEWS], "no file to write to"),
        ([REVIEWS, "-o", "-"], "no file to write to"),
        ([REVIEWS, "-o", "p.xlsx"], "does not tell the format"),
        ([REVIEWS, "-o", "nowhere/p.csv"], "its folder does not exist"),
        ([REVIEWS, "-o", REVIEWS], "is one of the inputs"),
        ([REVIEWS, "-o", "p.csv", "--folds", "1"], "folds is 1"),
        ([REVIEWS, "-o", "p.csv", "--predict-from", "embeddings"], "no embeddings to predict from"),
        ([REVIEWS, "-o", "p.csv", "--group-col", "writer"], "no table has a column 'writer' (--group-col)"),
        ([LABELS, "-o", "p.csv"], "nothing to predict the classes from"),
    ],
)
def test_what_cannot_be_done_is_told_before_any_work(run, arguments, said):
    result = run("predict", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hint: " in result.stderr
    assert not Path("p.csv").exists()


# --- scan --predict --------------------------------------------------------------------------------------


def test_a_folder_of_texts_and_labels_is_audited(process):
    Path("data").mkdir()
    Path("data/reviews.csv").write_bytes(Path(REVIEWS).read_bytes())
    result = process("scan", "--predict", "data")
    assert result.returncode == 0
    assert "probabilities  none found; predicted here from column 'text'" in result.stderr
    assert "notice[predicted]" in result.stderr
    summary = json.loads(Path("labelaudit-out/summary.json").read_text())
    assert [Path(entry["path"]).name for entry in summary["inputs"]] == ["reviews.csv"]
    assert "predicted" in {notice["code"] for notice in summary["notices"]}
    assert summary["command"] == "labelaudit scan --predict data"


def test_scan_gives_the_audit_of_the_file_that_predict_writes(run):
    run("predict", REVIEWS, "-o", "p.parquet", "--seed", "5", "--folds", "4")
    from_file = run(
        *("scan", REVIEWS, "p.parquet", "--seed", "5"), *("--no-save", "--output-format", "csv", "-q")
    )
    at_once = run(
        *("scan", REVIEWS, "--predict", "--seed", "5", "--folds", "4"),
        *("--no-save", "--output-format", "csv", "-q"),
    )
    assert at_once.stdout == from_file.stdout != ""


def test_embeddings_are_predicted_from_without_asking(run):
    result = run("scan", LABELS, EMBEDDINGS)
    line = "probabilities  none found; predicted here from the embeddings (logistic regression, 5 folds)"
    assert line in result.stderr
    assert result.stdout.count("LA101") > 50


def test_predict_wins_over_the_probabilities_of_the_files(run):
    result = run("scan", CANCER, "--predict", "--no-save")
    assert "none used; predicted here from 30 columns: 'mean_radius'" in result.stderr
    assert f"passed over    columns prob_* of {CANCER} (probabilities)" in result.stderr


def test_predict_may_be_pinned(run, monkeypatch):
    monkeypatch.setenv("LABELAUDIT_PREDICT", "yes")
    assert "predicted here from column 'text'" in run("scan", REVIEWS, "--no-save").stderr


def test_without_probabilities_and_embeddings_the_error_offers_to_predict(run):
    result = run("scan", REVIEWS)
    assert result.exit_code == 2
    assert "error[column-not-found]: no predicted probabilities found" in result.stderr
    assert "scan --predict" in result.stderr


def test_missing_labels_are_refused_before_anything_is_learned(run):
    lines = Path(REVIEWS).read_text().splitlines()
    lines[5] = lines[5].rpartition(",")[0] + ","
    Path("gaps.csv").write_text("\n".join(lines) + "\n")
    refused = run("scan", "gaps.csv", "--predict")
    assert refused.exit_code == 2
    assert "error[LA905]: gaps.csv, column 'label', row 4 (line 6): the label is missing" in refused.stderr
    skipped = run("scan", "gaps.csv", "--predict", "--on-missing-label", "skip", "--no-save")
    assert "notice[LA905]: 1 rows skipped" in skipped.stderr
    assert run("predict", "gaps.csv", "-o", "p.parquet").exit_code == 0
    assert pq.read_table("p.parquet").num_rows == 200


# --- validate --------------------------------------------------------------------------------------------


def test_validate_does_without_probabilities_where_there_are_embeddings(run):
    result = run("validate", LABELS, EMBEDDINGS)
    assert (result.exit_code, result.stdout) == (0, "ok: 1,797 rows, 10 classes\n")
    assert "probabilities  none; 10 classes (the labels, sorted)" in result.stderr


def test_validate_checks_embeddings_where_there_is_nothing_else(run):
    Path("bad.csv").write_text("label,emb_0,emb_1\na,1,2\nb,nan,3\n")
    result = run("validate", "bad.csv")
    assert result.exit_code == 2
    assert "error[LA901]: bad.csv, column 'emb_0', row 1 (line 3)" in result.stderr
    assert run("validate", "bad.csv", "--on-bad-row", "skip").stdout.endswith("1 row left out\n")
