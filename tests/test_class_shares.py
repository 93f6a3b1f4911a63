"""Known true shares of the classes: how they are given, and what they change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelaudit.class_shares import class_shares_of
from labelaudit.errors import ConfigError
from tests.builders import audit_of, audit_paths, codes_of, csv_wide, embedded_table, honest_sample, write

CLASSES = ("dog", "cat", "a=b")


# --- reading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        ("cat=50%", "dog=20%", "a=b=30%"),
        ("cat=0.5", "dog=0.2", "a=b=0.3"),
        (" cat = 50 %", "dog=0.2", "a=b=30.0%"),
        ("cat=50.2%", "dog=20%", "a=b=30%"),
    ],
)
def test_shares_are_percentages_or_parts_of_one_in_any_order(given: tuple[str, ...]) -> None:
    shares = class_shares_of(given, CLASSES)
    assert shares is not None
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=2e-3)


@pytest.mark.parametrize(
    "text",
    [
        "cat,50%\ndog,20%\na=b=30%\n",
        "\ufeffdog=20%\n\ncat=50%\r\na=b=30%",
        "dog = 0.2\ncat = 0.5\na=b = 0.3\n",
    ],
)
def test_shares_may_stand_in_a_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shares.txt"
    path.write_text(text, encoding="utf-8")
    assert class_shares_of((str(path),), CLASSES) == pytest.approx([0.2, 0.5, 0.3])


def test_no_shares_are_none() -> None:
    assert class_shares_of((), CLASSES) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("cat=50%", "dog=50%"), "no share of 'a=b'"),
        (("cat=50%", "dog=20%", "a=b=20%", "owl=10%"), "there is no class 'owl'"),
        (("cat=50%", "dog=20%", "a=b=20%"), "sum to 90.0%"),
        (("cat=50", "dog=20", "a=b=30"), "'cat=50' is no share"),
        (("cat=-1%", "dog=71%", "a=b=30%"), "'cat=-1%' is no share"),
        (("cat=nan", "dog=71%", "a=b=30%"), "'cat=nan' is no share"),
        (("cat=much", "dog=20%", "a=b=30%"), "'cat=much' is no share"),
        (("=50%", "dog=20%", "a=b=30%"), "'=50%' is no share"),
        (("nowhere.csv",), "no readable file 'nowhere.csv'"),
    ],
)
def test_what_is_wrong_with_shares_is_told(given: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match="class-shares") as caught:
        class_shares_of(given, CLASSES)
    assert message in str(caught.value)
    assert caught.value.hint


# --- what they change ------------------------------------------------------------------------------------


def test_shares_move_suspects_from_the_rarer_to_the_more_frequent_class(tmp_path: Path) -> None:
    """Classes of equal size overlap; if one is told to be larger, labels of the others are doubted."""
    path = write(tmp_path / "data.parquet", embedded_table(3, noise_rate=0.15, separation=2.5))
    plain = audit_paths(path)
    more_cats = audit_paths(path, class_shares=("cat=60%", "dog=20%", "owl=20%"))
    flags = [result.scores()["is_suspect"].to_numpy() for result in (plain, more_cats)]
    labels = np.array(plain.scores()["given_label"].to_pylist())
    suggested = [
        [row.suggested_label for row in result.suspects() if row.given_label != "cat"]
        for result in (plain, more_cats)
    ]
    assert flags[1][labels == "cat"].sum() <= flags[0][labels == "cat"].sum()
    assert suggested[1].count("cat") > suggested[0].count("cat")
    assert more_cats.summary.algorithm["class_shares"] == ["cat=60%", "dog=20%", "owl=20%"]


def test_a_class_that_is_told_to_have_no_rows_is_doubted_in_all(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", embedded_table(3, noise_rate=0.1))
    result = audit_paths(path, class_shares=("cat=0%", "dog=50%", "owl=50%"))
    suspects = {row.name: row.suspect_rate for row in result.classes}
    assert suspects["cat"] > 0.5 > max(suspects["dog"], suspects["owl"])
    assert "cat" not in {row.suggested_label for row in result.suspects()}


def test_shares_that_nobody_uses_are_told(tmp_path: Path) -> None:
    shares = ("cat=60%", "dog=20%", "owl=20%")
    table = embedded_table(3)
    assert "class-shares-unused" in codes_of(
        audit_of(csv_wide(tmp_path, honest_sample(3)), class_shares=shares)
    )
    path = write(tmp_path / "data.parquet", table)
    assert "class-shares-unused" in codes_of(audit_paths(path, class_shares=shares, rank_by="em"))
    assert "class-shares-unused" not in codes_of(audit_paths(path, class_shares=shares))


def test_shares_of_other_classes_are_refused_whoever_would_use_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no class 'fox'"):
        audit_of(csv_wide(tmp_path, honest_sample(3)), class_shares=("cat=1", "dog=0", "owl=0", "fox=0"))
