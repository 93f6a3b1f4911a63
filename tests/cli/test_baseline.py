"""`labelaudit baseline`: old debt that blocks nobody, new errors that do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from labelaudit.baseline import Entry
from tests.builders import Sample, honest_sample, write

Run = Callable[..., Result]

SAMPLE = honest_sample(n_rows=200)
FILE = Path("labelaudit.baseline.json")
LONG_AGO, ONE_DAY = "1999-12-31", "2999-12-31"
AUDIT = "labelaudit-out"


@pytest.fixture(autouse=True)
def audit(run: Run, in_an_empty_folder: None) -> str:
    """An audit of the sample."""
    return scan(run, SAMPLE)


def scan(run: Run, sample: Sample) -> str:
    """Audit a sample."""
    write(Path("labels.csv"), sample.table())
    assert run("scan", "labels.csv", "-q").exit_code == 0
    return AUDIT


def suspects() -> list[dict[str, Any]]:
    """The suspects of the audit, worst first."""
    return [json.loads(line) for line in Path(AUDIT, "suspects.jsonl").read_text().splitlines()]


def entries() -> dict[str, dict[str, Any]]:
    """The entries of the baseline."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text())["entries"]
    return found


def put(found: dict[str, dict[str, Any]]) -> None:
    """Write a baseline by hand."""
    FILE.write_text(json.dumps({"version": 1, "entries": found}))


def mended(sample: Sample, suspect: dict[str, Any]) -> Sample:
    """The same with the suggested label in the row of a suspect."""
    return sample.with_labels({suspect["row"]: suspect["suggested_label"]})


def test_create_writes_an_entry_for_every_suspect(run: Run) -> None:
    how = ["--reason", "before the gate", "--by", "ana", "--until", ONE_DAY, "--status", "accepted"]
    result = run("baseline", "create", AUDIT, *how)
    assert result.exit_code == 0
    n = len(suspects())
    assert result.stdout == f"labelaudit.baseline.json: {n} entries, {n} added, 0 removed, 0 renewed\n"
    assert "hint: commit labelaudit.baseline.json" in result.stderr
    assert entries() == {
        suspect["fingerprint"]: asdict(
            Entry(
                id=suspect["id"],
                split=suspect["split"],
                given_label=suspect["given_label"],
                status="accepted",
                reason="before the gate",
                by="ana",
                until=ONE_DAY,
            )
        )
        for suspect in suspects()
    }


def test_the_same_audit_gives_the_same_bytes(run: Run) -> None:
    run("baseline", "create", AUDIT)
    before = FILE.read_bytes()
    run("baseline", "update", AUDIT)
    run("baseline", "prune", AUDIT)
    run("baseline", "create", AUDIT, "--force")
    assert FILE.read_bytes() == before


def test_old_suspects_pass_and_a_new_one_fails(run: Run) -> None:
    run("baseline", "create", AUDIT)
    result = run("check", AUDIT, "--fail-on-new")
    assert result.exit_code == 0
    assert f"{len(suspects())} suspects hidden: {len(suspects())} by baseline" in result.stdout
    at_peace = SAMPLE.ids.index(next(i for i in SAMPLE.ids if i not in {s["id"] for s in suspects()}))
    label = SAMPLE.classes[(SAMPLE.codes[at_peace] + 1) % 3]
    scan(run, SAMPLE.with_labels({at_peace: label}))
    result = run("check", AUDIT, "--fail-on-new")
    assert result.exit_code == 1
    assert SAMPLE.ids[at_peace] in {s["id"] for s in suspects() if s["fingerprint"] not in entries()}


def test_an_entry_does_not_count_for_another_label_of_its_row(run: Run) -> None:
    run("baseline", "create", AUDIT)
    worst = suspects()[0]
    third = next(
        name for name in SAMPLE.classes if name not in (worst["given_label"], worst["suggested_label"])
    )
    scan(run, SAMPLE.with_labels({worst["row"]: third}))
    assert worst["id"] in {s["id"] for s in suspects()}
    result = run("check", AUDIT, "--fail-on-new")
    assert result.exit_code == 1
    assert "notice[stale-baseline]" in result.stderr


def test_update_adds_and_leaves_the_rest_alone(run: Run) -> None:
    run("baseline", "create", AUDIT, "--reason", "old")
    lost = suspects()[3]["fingerprint"]
    put({print_: entry for print_, entry in entries().items() if print_ != lost})
    before = entries()
    result = run("baseline", "update", AUDIT, "--reason", "new", "--until", ONE_DAY)
    assert result.stdout.endswith(f"{len(before) + 1} entries, 1 added, 0 removed, 0 renewed\n")
    assert {p: e for p, e in entries().items() if p != lost} == before
    assert (entries()[lost]["reason"], entries()[lost]["until"]) == ("new", ONE_DAY)


def test_prune_takes_out_what_was_mended_and_nothing_else(run: Run) -> None:
    run("baseline", "create", AUDIT, "--reason", "old")
    worst, before = suspects()[0], entries()
    scan(run, mended(SAMPLE, worst))
    assert f"1 of {len(before)} entries" in run("check", AUDIT, "--fail-over", "100%").stderr
    result = run("baseline", "prune", AUDIT)
    assert result.stdout.endswith(f"{len(before) - 1} entries, 0 added, 1 removed, 0 renewed\n")
    assert entries() == {p: e for p, e in before.items() if p != worst["fingerprint"]}


def test_an_expired_entry_fails_loudly_until_it_is_renewed(run: Run) -> None:
    run("baseline", "create", AUDIT, "--reason", "old", "--by", "ana", "--status", "accepted")
    late = entries()
    print_, entry = next(iter(late.items()))
    put(late | {print_: entry | {"until": LONG_AGO}})
    for command in (["check", AUDIT], ["scan", "labels.csv", "--output-format", "none"]):
        result = run(*command, "--fail-over", "100%")
        assert result.exit_code == 1
        assert "notice[expired-entries]" in result.stderr
        assert entry["id"] in result.stderr
    assert run("baseline", "update", AUDIT).stdout.endswith("0 renewed\n")
    assert run("check", AUDIT, "--fail-over", "100%").exit_code == 1
    assert run("baseline", "update", AUDIT, "--until", ONE_DAY).stdout.endswith("1 renewed\n")
    assert entries()[print_] == entry | {"until": ONE_DAY}  # why and by whom stays
    assert run("check", AUDIT, "--fail-over", "100%").exit_code == 0


def test_what_is_ignored_needs_no_entry(run: Run) -> None:
    worst = suspects()[0]
    Path("labelaudit.ignore.toml").write_text(f'[[ignore]]\nid = "{worst["id"]}"\n')
    scan(run, SAMPLE)
    run("baseline", "create", AUDIT)
    assert worst["fingerprint"] not in entries()
    assert len(entries()) == len(suspects()) - 1


def test_another_file_may_be_named(run: Run) -> None:
    run("baseline", "create", AUDIT, "-o", "old/debt.json")
    Path("old").mkdir()
    assert run("baseline", "create", AUDIT, "-o", "old/debt.json").exit_code == 0
    assert not FILE.exists()
    assert run("check", AUDIT, "--fail-on-new").exit_code == 2
    assert run("check", AUDIT, "--fail-on-new", "--baseline", "old/debt.json").exit_code == 0


def test_an_existing_baseline_is_written_anew_by_force_only(run: Run) -> None:
    FILE.write_text("mine")
    result = run("baseline", "create", AUDIT)
    assert (result.exit_code, FILE.read_text()) == (2, "mine")
    assert "--force" in result.stderr
    assert run("baseline", "create", AUDIT, "--force").exit_code == 0
    assert len(entries()) == len(suspects())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["make", AUDIT], "'make' is none of create, update, prune"),
        (["create", "nowhere"], "no such folder"),
        (["update", AUDIT], "no such baseline"),
        (["prune", AUDIT], "no such baseline"),
        (["create", AUDIT, "--status", "fine"], "'fine' is none of known, accepted"),
        (["create", AUDIT, "--until", "soon"], "write it as 2027-01-31"),
        (["create", AUDIT, "--until", LONG_AGO], "--until: 1999-12-31 has passed"),
        (["create", AUDIT, "-o", "nowhere/b.json"], "mkdir -p nowhere"),
        (["create"], "Missing argument 'AUDIT'"),
    ],
)
def test_what_is_asked_wrongly_is_2_and_writes_nothing(run: Run, arguments: list[str], message: str) -> None:
    result = run("baseline", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not FILE.exists()


def test_a_broken_baseline_is_not_added_to(run: Run) -> None:
    FILE.write_text('<<<<<<< HEAD\n{"version": 1}\n')
    for action in ("update", "prune"):
        result = run("baseline", action, AUDIT)
        assert (result.exit_code, "merged by hand" in result.stderr) == (2, True)
    assert FILE.read_text().startswith("<<<<<<<")
