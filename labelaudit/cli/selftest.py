"""`labelaudit selftest`: how well would this find label errors in my data?"""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import DOOR, INPUTS, OPTIONS, OUTPUT, PREDICTION, SETTINGS
from labelaudit.cli.overwriting import check_results, tables_of
from labelaudit.cli.run import bar_of, messages_of, opened, refuse_no_data, settings_of
from labelaudit.cli.selftest_saving import place_in
from labelaudit.cli.streams import STDOUT, screen_for, write_file, write_result
from labelaudit.config import SCORER_NAMES, AuditOptions, PredictOptions
from labelaudit.errors import UsageError
from labelaudit.settings import Option

if TYPE_CHECKING:
    from labelaudit.auditing import Audit
    from labelaudit.dataset import Dataset
    from labelaudit.opening import Wanted
    from labelaudit.self_testing import SelfTest
    from labelaudit.settings import Settings

TEST = "Test"
NOISES = ("uniform", "class-dependent", "instance-dependent")
FORMS = ("table", "json", "markdown")
SUFFIXES = {".json": "json", ".md": "markdown"}

_OWN = [
    Option(
        name="rate",
        help="Share of the labels to make wrong, at most 50%.",
        default="10%",
        metavar="SHARE",
        panel=TEST,
        pinned=False,
    ),
    Option(
        name="repeats",
        help="How often, each time other labels; 3 by default.",
        kind="number",
        default=3,
        metavar="N",
        panel=TEST,
        pinned=False,
    ),
    Option(
        name="noise",
        help=f"Kinds of wrong labels, by default all of {', '.join(NOISES)}; repeat, or use commas.",
        kind="list",
        default=NOISES,
        choices=NOISES,
        metavar="KINDS",
        panel=TEST,
        pinned=False,
    ),
    Option(
        name="scorers",
        help="Scorers to compare; by default those worth it. Repeat, or use commas.",
        kind="list",
        default=(),
        choices=SCORER_NAMES,
        metavar="NAMES",
        panel=TEST,
        pinned=False,
    ),
    replace(OPTIONS["seed"], help="Seed of the errors, the folds and the scorers.", panel=TEST),
    replace(OPTIONS["metric"], panel=TEST),
    Option(
        name="predict",
        help="Train a model on the injected errors, as it would have been on real ones, instead of using the"
        " probabilities of the files as they are; by default where there are embeddings.",
        kind="flag",
        panel=PREDICTION,
    ),
    Option(
        name="output_format",
        help="Form of the result; by default table, or by the suffix of -o.",
        kind="choice",
        choices=FORMS,
        metavar="|".join(FORMS),
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="picture",
        help="Draw precision by number of reviews.",
        kind="path",
        writes=True,
        metavar="FILE.svg",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="save_in",
        help="Also save it in the audit of the same data, whose reports then tell of it.",
        kind="path",
        writes=True,
        metavar="AUDIT",
        panel=OUTPUT,
        pinned=False,
    ),
]
_NAMED = {option.name: option for option in _OWN}

_OPTIONS = [
    *(option for option in OPTIONS.values() if option.panel == INPUTS),
    *(option for option in _OWN if option.panel == TEST),
    _NAMED["predict"],
    *(o for o in OPTIONS.values() if o.panel == PREDICTION and o.name != "predict"),
    *(option for option in OPTIONS.values() if option.panel == DOOR),
    _NAMED["output_format"],
    OPTIONS["output"],
    _NAMED["picture"],
    _NAMED["save_in"],
    *(OPTIONS[name] for name in ("quiet", "verbose", "progress", "color")),
    *(option for option in OPTIONS.values() if option.panel == SETTINGS),
]
_DOOR = ("allow", "on_bad_row", "on_missing_label", "select", "ignore")


@as_command("selftest", _OPTIONS)
def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ] = None,
    **given: Any,
) -> int:
    """Make some labels wrong on purpose, and measure how soon each scorer finds them in your data.

    Injected errors differ from real ones: trust the order of the scorers more than the figures.

    Examples:
      labelaudit selftest data/ --save-in labelaudit-out
      labelaudit selftest reviews.csv --predict --rate 5% -o selftest.md --picture depth.svg
      labelaudit selftest data/ --noise uniform --scorers fused,knn,self-confidence
    """
    named = paths or []
    settings = settings_of(given, named, own=_OWN)
    if settings["show_settings"]:
        write_result((f"{line}\n" for line in settings.lines()), None)
        return 0
    refuse_no_data(named)
    rate = share_of(settings["rate"])
    audited, results = _audited(settings), (settings["output"], settings["picture"])
    check_results(results, settings["save_in"], audited, [*named, *settings.files_read()])
    messages = messages_of(settings)

    def note(dataset: Dataset) -> str:
        from labelaudit.predicting import prediction_note

        return prediction_note(dataset, settings.into(PredictOptions))

    with (
        bar_of(settings) as bar,
        opened(named, settings, messages, bar, probabilities=_wanted(settings), note=note) as dataset,
    ):
        from labelaudit.self_testing import self_test

        check_results(results, read=tables_of(dataset))
        place = None
        if audited is not None:
            place = place_in(settings["save_in"], audited, dataset, refit=settings["predict"])
        found = self_test(
            dataset,
            _audit_options(settings),
            prediction=settings.into(PredictOptions),
            refit=settings["predict"],
            rate=rate,
            repeats=settings["repeats"],
            noises=settings["noise"],
            scorers=settings["scorers"],
            progress=bar,
        )
    for notice in found.notices:
        messages.say(str(notice))
    for step, seconds in bar.seconds.items() if settings["verbose"] else ():
        messages.say(f"{seconds:8.2f} s  {step}")
    _write(found, settings, named)
    if place is not None:
        place.save(found)
        messages.say(f"self-test saved in {place.folder}: labelaudit report {place.folder} --open shows it")
    if form_of(settings) != "table" or settings["output"] is not None:  # the table says it itself
        from labelaudit.cli.selftest_pages import verdict

        messages.say(verdict(found))
    return 0


def share_of(text: str) -> float:
    """A share as people write it.

    Raises:
        UsageError: it is none.

    Example:
        >>> share_of("10%"), share_of("2.5 %"), share_of("0.1")
        (0.1, 0.025, 0.1)
    """
    number = text.strip().removesuffix("%")
    try:
        return float(number) / (100 if number != text.strip() else 1)
    except ValueError:
        raise UsageError(f"--rate: '{text}' is not a share", hint="write 10% or 0.1") from None


def form_of(settings: Settings) -> str:
    """The form of the result: as asked, else by the suffix of -o, else the table."""
    return settings["output_format"] or SUFFIXES.get(Path(settings["output"] or "").suffix.lower(), "table")


def _write(found: SelfTest, settings: Settings, paths: list[str]) -> None:
    """The picture, and the result, which names it."""
    from labelaudit.cli.selftest_pages import json_page, markdown_page, picture_of, table_page

    output, picture = settings["output"], settings["picture"]
    if picture is not None:
        write_file([picture_of(found)], Path(picture))
    match form_of(settings):
        case "json":
            pages = json_page(found)
        case "markdown":
            pages = markdown_page(found, _command(settings, paths), _beside(picture, output))
        case _:
            pages = table_page(found, screen_for(output, settings["color"]))
    write_result(pages, output)


def _audited(settings: Settings) -> Audit | None:
    """The audit that the self-test is to be saved in."""
    if settings["save_in"] is None:
        return None
    from labelaudit.store import load_audit

    return load_audit(settings["save_in"])


def _beside(picture: str | None, output: str | None) -> str | None:
    """The picture as the page names it: from the page's own folder."""
    if picture is None or output in (None, STDOUT):
        return picture
    return Path(os.path.relpath(picture, Path(output).parent)).as_posix()


def _wanted(settings: Settings) -> Wanted:
    if settings["predict"] is None:
        return "optional"
    return "replaced" if settings["predict"] else "required"


def _audit_options(settings: Settings) -> AuditOptions:
    """What a self-test shares with a scan; how a scan ranks and flags is what is tested."""
    names = (*_DOOR, "seed", "metric", "workers", "batch_rows")
    return AuditOptions(**{name: settings[name] for name in names})


def _command(settings: Settings, paths: list[str]) -> str:
    """The command that gives this page again; what changes no result is left out."""
    words = ["labelaudit", "selftest", *settings.arguments((INPUTS, TEST, PREDICTION, DOOR))]
    if settings["predict"] is False:
        words = ["--no-predict" if word == "--predict" else word for word in words]
    if any(path.startswith("-") and path != STDOUT for path in paths):
        words.append("--")
    return shlex.join([*words, *paths])
