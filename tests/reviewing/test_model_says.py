"""The model's own probabilities, as they stand side by side, against those of the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.auditing import Audit
from labelaudit.reviewing.model_says import ModelSays, model_says
from labelaudit.reviewing.queues import QueueOptions
from labelaudit.reviewing.session import ReviewOptions, Session
from labelaudit.reviewing.wording import reason_of
from labelaudit.store import load_audit
from labelaudit.types import Suspect
from tests.builders import embedded_table, write
from tests.review_server.visiting import saved_audit


def table() -> pa.Table:
    """Rows whose probabilities are blurred, so that neighbours often suggest what the model does not."""
    found = embedded_table(5, n_rows=300, noise_rate=0.3)
    names = [name for name in found.column_names if name.startswith("prob_")]
    probs = np.column_stack([found[name].to_numpy() for name in names])
    blurred = probs + 2 * np.random.default_rng(0).dirichlet(np.full(len(names), 0.5), len(probs))
    blurred /= blurred.sum(axis=1, keepdims=True)
    for place, name in enumerate(names):
        found = found.set_column(found.column_names.index(name), name, pa.array(blurred[:, place]))
    return found


TABLE = table()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    return saved_audit(home / "audit", write(home / "data.parquet", TABLE))


@pytest.fixture(scope="module")
def audit(folder: Path) -> Audit:
    return load_audit(folder)


def probability(row: int, label: str) -> float:
    return float(TABLE[f"prob_{label}"][row].as_py())


@pytest.mark.parametrize("queue", [QueueOptions(), QueueOptions(sample=200), QueueOptions(controls=0.3)])
def test_both_numbers_of_an_item_are_the_models(folder: Path, tmp_path: Path, queue: QueueOptions) -> None:
    session = Session(folder, ReviewOptions(reviewer="ana", queue=queue), tmp_path)
    items = session.page(limit=1000)["items"]
    for item in items:
        own = {
            side: probability(item["row"], item[f"{side}_label"])
            for side in ("given", "suggested")
            if item[f"{side}_label"] is not None
        }
        assert item["given_prob"] == pytest.approx(own["given"])
        assert item["suggested_prob"] == pytest.approx(own.get("suggested"))
        assert "at most" not in item["reason"]


def test_where_the_suggestion_is_not_the_models_a_limit_and_its_first_choice_are_known(audit: Audit) -> None:
    suspects = list(audit.suspects())
    says = model_says({row.fingerprint: row.suggested_label for row in suspects}, audit)
    limited = [row for row in suspects if says[row.fingerprint].at_most is not None]
    assert limited
    for row in limited:
        found = says[row.fingerprint]
        assert found.suggested is None
        assert found.first_prob == pytest.approx(
            max(probability(row.row, name) for name in audit.class_names)
        )


def suspect(**other: Any) -> Suspect:
    values = dict.fromkeys(Suspect.__slots__) | {"label_quality": 0.1, "rules": (), "given_label": "World"}
    return Suspect(**values | {"suggested_label": "Sports"} | other)


SAYS = ModelSays(given=0.173, suggested=0.233, at_most=None, first="Sci/Tech", first_prob=0.477)


@pytest.mark.parametrize(
    ("row", "says", "sentence"),
    [
        (
            suspect(suggested_prob=0.902, neighbor_agreement=0.1),
            replace(SAYS, suggested=None, at_most=0.35),
            "The model gives 'World' 17.3 %; "
            "its first choice is 'Sci/Tech', 47.7 %; after the neighbours 'Sports' is 90.2 % likely.",
        ),
        (
            suspect(suggested_prob=0.25, neighbor_agreement=0.1),
            replace(SAYS, first="Sports"),
            "The model gives 'Sports' 23.3 % and 'World' 17.3 %.",
        ),
        (
            suspect(suggested_prob=0.9),
            replace(SAYS, first="World"),
            "The model gives 'Sports' 23.3 % and 'World' 17.3 %.",
        ),
        (
            suspect(suggested_label=None),
            replace(SAYS, suggested=None),
            "The model gives 'World' 17.3 %; its first choice is 'Sci/Tech', 47.7 %.",
        ),
        (suspect(rules=("LA301",)), None, "Identical item, different labels."),
    ],
)
def test_the_reason_names_whose_numbers_it_tells(row: Suspect, says: ModelSays | None, sentence: str) -> None:
    assert reason_of(row, says) == sentence
