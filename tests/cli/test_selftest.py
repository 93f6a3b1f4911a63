"""`selftest`: its result in three forms, its picture, and what it says beside them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from labelaudit.cli import selftest
from labelaudit.cli.app import app
from labelaudit.kernels.injection import NOISES
from tests.cli.conftest import CANCER, DIGITS, ROOT

REVIEWS = str(ROOT / "sample_data" / "reviews.csv")
QUICK = ("--repeats", "1", "--noise", "uniform")
PLAIN = (CANCER, *QUICK, "--scorers", "self-confidence,em")


def few_rows(n_rows):
    lines = Path(CANCER).read_text().splitlines(keepends=True)
    Path("few.csv").write_text("".join(lines[: n_rows + 1]))
    return "few.csv"


def test_options_name_the_noises_there_are():
    assert tuple(NOISES) == selftest.NOISES


def test_the_table_ends_in_a_sentence(run):
    result = run("selftest", *PLAIN)
    lines = result.stdout.splitlines()
    assert lines[0] == "569 rows, 2 classes: 57 labels (10.0 %) made wrong, 1 kind of noise, 1 repeat"
    assert lines[-1].startswith("On this data, reviewing the ")
    assert lines[-1].endswith(
        " worst of 569 rows finds 80 % of the injected errors (em); use the default ranking."
    )
    assert "probabilities  columns prob_*" in result.stderr
    assert all(f"notice[{code}]" in result.stderr for code in ("not-refitted", "existing-errors"))


def test_digits_are_tested_in_a_process_of_its_own(process):
    done = process(
        "selftest", DIGITS, *QUICK, "--scorers", "knn,self-confidence", "--output-format", "json", "-q"
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["n_tested"], found["n_injected"], found["refitted"]) == (1797, 180, True)
    assert found["recommended"] == "knn"
    assert found["overall"][0]["settled_average_precision"]["mean"] > 0.95
    assert found["curves"][0]["depths"][-1] == 360
    assert found["verdict"].endswith("(knn); it is the best of those tested.")


def test_no_predict_takes_the_probabilities_as_they_are(run):
    arguments = (DIGITS, *QUICK, "--scorers", "entropy", "--output-format", "json", "-q")
    found = json.loads(run("selftest", *arguments, "--no-predict").stdout)
    assert not found["refitted"]
    assert found["trained_on"].endswith("pred_probs.parquet")


def test_texts_need_predict(run):
    assert run("selftest", REVIEWS).exit_code == 2
    result = run("selftest", REVIEWS, *QUICK, "--predict")
    assert result.exit_code == 0
    assert "predicted here from column 'text'" in result.stderr


def test_markdown_names_the_picture_and_the_command(run):
    Path("out").mkdir()
    arguments = (*PLAIN, "--rate", "0.2", "--seed", "4", "-o", "out/page.md", "--picture", "depth.svg")
    result = run("selftest", *arguments)
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("On this data, reviewing the ")
    page = Path("out/page.md").read_text()
    assert "(../depth.svg)" in page
    assert "| scorer | AP | all rows | P@100 | in 114 | for 80 % |" in page
    command = page.splitlines()[-1]
    assert command.startswith("    labelaudit selftest --")
    assert all(words in command for words in (" --rate 0.2", " --repeats 1", " --noise uniform", " --seed 4"))
    assert Path("depth.svg").read_text().startswith("<svg")


def test_a_narrow_screen_leaves_the_noises_out(run, monkeypatch):
    def page(width):
        monkeypatch.setenv("COLUMNS", width)
        return run("selftest", CANCER, "--repeats", "1", "--scorers", "entropy", "-q").stdout

    narrow = page("60")
    assert " uniform " in page("120")
    assert " uniform " not in narrow
    table = narrow.splitlines()[3:-2]
    assert max(map(len, table)) <= 60


@pytest.mark.parametrize(
    ("text", "share"), [("10%", 0.1), ("2.5 %", 0.025), ("0.1", 0.1), (" 50% ", 0.5), (".25", 0.25)]
)
def test_a_share_is_read_as_people_write_it(text, share):
    assert selftest.share_of(text) == pytest.approx(share)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([CANCER, "--rate", "much"], "'much' is not a share"),
        ([CANCER, "--rate", "51%"], "a rate of 51% cannot be tested"),
        ([CANCER, "--repeats", "0"], "repeats is 0"),
        ([CANCER, "--noise", "unifrom"], "'unifrom' is not one of uniform"),
        ([CANCER, "--scorers", "knn"], "the scorer 'knn' needs embeddings"),
        ([CANCER, "--picture", "missing/p.svg"], "its folder does not exist"),
        ([CANCER, "-o", CANCER], "is one of the inputs"),
        ([], "no data"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_the_mend(run, arguments, message):
    result = run("selftest", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "\nhint: " in result.stderr
    assert result.stdout == ""


def test_chance_is_called_chance(run):
    rng = np.random.default_rng(0)
    labels, probs = rng.integers(0, 2, 300).tolist(), rng.random(300).round(3).tolist()
    rows = [f"{i},{'ab'[labels[i]]},{probs[i]},{1 - probs[i]:.3f}\n" for i in range(300)]
    Path("noise.csv").write_text("id,label,prob_a,prob_b\n" + "".join(rows))
    result = run("selftest", "noise.csv", *QUICK, "--allow", "LA909")
    assert "that is hardly better than chance" in result.stdout.splitlines()[-1]


def test_a_handful_of_rows_is_refused(run):
    result = run("selftest", few_rows(49), *QUICK)
    assert result.exit_code == 2
    assert "49 rows are too few for a self-test" in result.stderr
    assert run("selftest", few_rows(60), *QUICK).exit_code == 0


def test_how_a_scan_ranks_does_not_reach_a_self_test(run):
    Path("labelaudit.toml").write_text('backend = "cleanlab"\nrank-by = "entropy"\noutput-format = "csv"\n')
    assert run("selftest", *PLAIN).exit_code == 0


SAVED = (*QUICK, "--scorers", "knn,self-confidence", "-q", "--save-in", "audit")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """The digits and their audit, beside one another."""
    folder = tmp_path_factory.mktemp("scanned")
    shutil.copytree(DIGITS, folder / "digits")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(app, ["scan", "digits", "-q", "--out-dir", "audit"]).exit_code == 0
    return folder


@pytest.fixture
def audited(scanned):
    shutil.copytree(scanned, ".", dirs_exist_ok=True)
    return Path("audit")


@pytest.fixture(scope="module")
def scanned_and_tested(scanned, tmp_path_factory):
    """The same with a self-test saved in the audit."""
    folder = tmp_path_factory.mktemp("tested")
    shutil.copytree(scanned, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(app, ["selftest", "digits", *SAVED]).exit_code == 0
    return folder


@pytest.fixture
def tested(scanned_and_tested):
    shutil.copytree(scanned_and_tested, ".", dirs_exist_ok=True)
    return Path("audit")


def page_of(run, audit):
    return run("report", str(audit), "--output-format", "html", "-q").stdout


def test_a_saved_self_test_is_told_in_the_reports_of_the_audit(run, scanned, tested):
    assert "injected" not in page_of(run, scanned / "audit")
    html = page_of(run, tested)
    assert "Self-test: precision by number of reviews" in html
    assert "180 injected errors" in html
    assert "real ones differ" in html
    assert "counts as false finds the " in html, "the curve leaves rows out that the share counts"
    markdown = (tested / "report.md").read_text()
    assert (
        "## Self-test\n\n180 labels of 1,797 rows were made wrong on purpose (uniform; 1 repeat)" in markdown
    )
    before = markdown
    run("scan", "digits", "-q", "--out-dir", "audit")
    assert (tested / "report.md").read_text() == before


def test_a_self_test_of_data_that_changed_is_not_told(run, tested):
    labels = Path("digits/labels.csv")
    labels.write_text(labels.read_text().replace("digit-0001,zero", "digit-0001,one"))
    assert run("scan", "digits", "-q", "--out-dir", "audit").exit_code == 0
    assert "Self-test" not in page_of(run, tested)
    assert "Self-test" not in (tested / "report.md").read_text()


def test_a_self_test_is_saved_in_no_audit_of_other_data(run, audited):
    refused = run("selftest", CANCER, *QUICK, "--save-in", "audit")
    assert refused.exit_code == 2
    assert "is an audit of other data" in refused.stderr
    missing = run("selftest", CANCER, *QUICK, "--save-in", "nothing")
    assert missing.exit_code == 2
    assert not (audited / "selftest.json").exists()


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"inputs": 3}', '{"refitted": 1, "inputs": {}}'])
def test_a_damaged_self_test_is_as_none(run, audited, spoilt):
    (audited / "selftest.json").write_text(spoilt)
    assert "Self-test" not in page_of(run, audited)
