"""`labelaudit predict`: out-of-fold probabilities for data that has none."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import INPUTS, OPTIONS, PREDICTION, SETTINGS
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import bar_of, messages_of, opened, refuse_no_data, settings_of
from labelaudit.cli.streams import STDOUT, write_result
from labelaudit.config import PredictOptions
from labelaudit.errors import UsageError

if TYPE_CHECKING:
    from labelaudit.dataset import Dataset
    from labelaudit.settings import Settings

_OPTIONS = [
    *(
        option
        for option in OPTIONS.values()
        if option.panel in (INPUTS, PREDICTION) and option.name != "predict"
    ),
    *(OPTIONS[name] for name in ("seed", "on_bad_row")),
    replace(OPTIONS["output"], help="Where the probabilities go: .parquet, .csv or .npy."),
    *(OPTIONS[name] for name in ("quiet", "verbose", "progress", "color")),
    *(option for option in OPTIONS.values() if option.panel == SETTINGS and option.name != "batch_rows"),
]


@as_command("predict", _OPTIONS)
def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ] = None,
    **given: Any,
) -> int:
    """Predict each row's class by a model that was not trained on it; write the probabilities to a file.

    It learns from embeddings, a text or the other columns, in folds.

    Examples:
      labelaudit predict reviews.csv -o pred_probs.parquet
      labelaudit predict labels.csv embeddings.npy -o pred_probs.parquet --folds 10
      labelaudit predict visits.parquet -o pred_probs.csv --group-col patient
    """
    named = paths or []
    settings = settings_of(given, named)
    if settings["show_settings"]:
        write_result((f"{line}\n" for line in settings.lines()), None)
        return 0
    refuse_no_data(named)
    file = _file(settings, named)
    messages = messages_of(settings)
    options = settings.into(PredictOptions)

    def note(dataset: Dataset) -> str:
        from labelaudit.predicting import prediction_note

        return prediction_note(dataset, options)

    with (
        bar_of(settings) as bar,
        opened(named, settings, messages, bar, probabilities="replaced", note=note) as dataset,
    ):
        from labelaudit.predicting import in_words, predict
        from labelaudit.prediction_files import write_predictions

        earlier = [offer.roles.table for offer in dataset.passed_over]  # what it is there to make anew
        again = any(table.path.resolve() == file.resolve() for table in earlier)
        read = [table.name for table in dataset.tables]
        check_results([file], read=read if again else [*read, *named])
        found = predict(dataset, options, bar)
        bar.stop()
        write_predictions(dataset, found, file)
    for notice in (*dataset.order.notices, *found.notices):
        messages.say(str(notice))
    messages.say(in_words(found))
    for step, seconds in bar.seconds.items() if settings["verbose"] else ():
        messages.say(f"{seconds:8.2f} s  {step}")
    others = [offer for offer in dataset.passed_over if offer.roles.table.path.resolve() != file.resolve()]
    if STDOUT not in named and not others:  # a scan would take the others
        messages.say(f"hint: {_next_command(settings, named, file, dataset)}  # audit the labels with it")
    write_result([f"{file}\n"], None)
    return 0


def _file(settings: Settings, paths: list[str]) -> Path:
    """Where the probabilities go, found out before the work whether they can."""
    if settings["output"] in (None, STDOUT):
        raise UsageError("no file to write to", hint="name one with -o pred_probs.parquet")
    from labelaudit.prediction_files import writer_for

    file = Path(settings["output"])
    writer_for(file)
    named = [path for path in paths if not Path(path).is_dir()]
    check_results([file], read=[*named, *settings.files_read()])
    return file


def _next_command(settings: Settings, paths: list[str], file: Path, dataset: Dataset) -> str:
    """The scan of the same data with the file just written."""
    words = ["labelaudit", "scan", *settings.arguments((INPUTS,))]
    is_array = file.suffix.lower() == ".npy"
    if is_array and settings["classes"] is None:
        from labelaudit.io.writers.csv import quoted

        words += ["--classes", ",".join(map(quoted, dataset.classes))]
    uncertain = len(dataset.labels.roles) > 1 and (is_array or dataset.labels.id_hashes is None)
    if uncertain and not settings["row_order"]:
        words.append("--row-order")
    inside = any(Path(path).resolve() in file.resolve().parents for path in paths)
    return shlex.join([*words, *paths, *([] if inside else [str(file)])])
