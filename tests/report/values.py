"""Hand-made audits for the renderers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from labelaudit.gate import wilson_interval
from labelaudit.types import (
    Changes,
    ClassRow,
    Gate,
    GateRule,
    Histogram,
    InputFile,
    JointCell,
    Notice,
    Reviewed,
    Summary,
    Suspect,
)

HOSTILE = "\x1b[31mred\x1b[0m\nnext | line `code` <b>*bold*</b> \u202egnp\x9b\x00 'quote\" ;,\ttab"

SUSPECT = Suspect(
    rank=1,
    id="a17",
    file="data/labels.csv",
    row=10,
    line=12,
    split=None,
    given_label="cat",
    suggested_label="dog",
    label_quality=0.0123,
    p_error=0.9877,
    self_confidence=0.0123,
    suggested_prob=0.9,
    runner_up_label="fox",
    normalized_margin=0.05615,
    neighbor_agreement=0.25,
    rules=("LA102", "LA201"),
    neighbor_ids=("b3", "c4"),
    neighbor_labels=("cat", "dog"),
    fingerprint="00ff",
)

SUMMARY = Summary(
    schema_version=1,
    tool="labelaudit 0.1.0",
    algorithm={"filter": "fused"},
    command="labelaudit scan data",
    inputs=(InputFile(path="data/labels.csv", sha256="ab" * 32, rows=1797, columns=("id", "label")),),
    n_rows=1797,
    n_classes=3,
    n_suspects=2,
    suspect_rate=2 / 1797,
    est_errors={
        "kind": "model estimate",
        "count": 1234,
        "low": 800,
        "high": 1543,
        "looks_clean": False,
        "method": "probabilities and neighbours, fused",
    },
    by_rule={"LA102": 2},
    by_class={"cat": 2},
    by_split={},
    notices=(Notice(code="LA907", message="class 'fox' has 3 rows", count=1),),
    gate=Gate(),
    hidden={},
    changes=None,
    n_skipped=0,
    has_ids=True,
    input_options={},
    paths=("data",),
    seed=0,
    seconds=1.25,
    peak_memory_mb=99.5,
)

CAT = ClassRow(
    name="cat",
    n=600,
    threshold=0.8,
    suspects=2,
    suspect_rate=2 / 600,
    est_noise_rate=0.01,
    most_confused_with="dog",
    confused_count=5,
    mean_label_quality=0.81,
)


HISTOGRAM = Histogram(rows=(2, 0, 0, 1795), suspects=(2, 0, 0, 0))


def cell(given: str, true: str, count: int) -> JointCell:
    """A cell of the joint; its shares are of no interest here."""
    return JointCell(
        given_label=given,
        true_label=true,
        count=count,
        joint_prob=0.01,
        noise_prob=0.02,
        inverse_noise_prob=0.03,
    )


@dataclass(frozen=True)
class MadeAudit:
    """What a renderer needs of an audit."""

    summary: Summary = SUMMARY
    classes: tuple[ClassRow, ...] = (CAT, replace(CAT, name="dog", suspects=0, most_confused_with=None))
    joint: tuple[JointCell, ...] = (cell("cat", "cat", 595), cell("cat", "fox", 2), cell("cat", "dog", 3))
    rows: tuple[Suspect, ...] = (
        SUSPECT,
        replace(
            SUSPECT,
            rank=2,
            id="b3",
            file="data/more.parquet",
            row=17,
            line=None,
            suggested_label=None,
            fingerprint="01ff",
        ),
    )
    histogram: Histogram = HISTOGRAM
    reviewed: Reviewed | None = None

    def suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """The rows, as often as wanted."""
        return islice(iter(self.rows), top)

    def shown_suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """Those that nothing hides."""
        return islice((row for row in self.rows if row.status == "new"), top)

    @property
    def n_shown(self) -> int:
        """How many of those there are."""
        return sum(row.status == "new" for row in self.rows)


def audit_of(rows: list[Suspect], **summary: Any) -> MadeAudit:
    """An audit with these suspects."""
    return MadeAudit(rows=tuple(rows), summary=replace(SUMMARY, n_suspects=len(rows), **summary))


def rule(rows: int = 214, suspects: int = 2, **more: Any) -> GateRule:
    """A limit on changed rows, 5 % unless told, kept or not as the rate says."""
    rate = suspects / rows if rows else 0.0
    low, high = wilson_interval(suspects, rows, 0.95)
    limit = more.get("max_rate", 0.05)
    values = {
        "name": "changed rows",
        "scope": "changes",
        "about": "all",
        "of": None,
        "rows": rows,
        "suspects": suspects,
        "rate": rate,
        "low": low,
        "high": high,
        "level": 0.95,
        "max_rate": limit,
        "max_count": None,
        "by_interval": False,
        "informational": False,
        "passed": limit is None or rate <= limit,
    }
    return GateRule(**(values | more))


def gate(*rules: GateRule) -> Gate:
    """A declared gate with these limits."""
    passed = all(one.passed or one.informational for one in rules)
    return Gate(declared=True, passed=passed, rules=rules)


CHANGES = Changes(
    against="main (merge base 1a2b3c4)", rows=40, new=12, relabelled=28, edited=0, removed=3, suspects=2
)
HIDDEN = {"baseline labels.baseline.json": 12, "labelaudit.ignore.toml": 1}
CLASS_RULE = rule(12, 2, name="changed rows, class 'cat'", about="class", of="cat")
GATED = gate(
    rule(40, 2, max_rate=0.05),
    CLASS_RULE,
    rule(1797, 2, name="dataset", scope="dataset", max_rate=0.001, informational=True),
)


def gated_audit(**summary: Any) -> MadeAudit:
    """Two suspects in changed rows, thirteen hidden, a limit on a class that fails."""
    hidden = [replace(SUSPECT, rank=n, id=f"hidden-{n}", status="baseline") for n in range(3, 16)]
    rows = [*MadeAudit().rows, *hidden]
    return audit_of(rows, **({"gate": GATED, "hidden": HIDDEN, "changes": CHANGES} | summary))


def png(size: tuple[int, int] = (40, 30), seed: int = 0, form: str = "PNG") -> bytes:
    """A picture of noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (*reversed(size), 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, form)
    return written.getvalue()
