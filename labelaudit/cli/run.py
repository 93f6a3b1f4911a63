"""What every command that reads data does alike: settings, messages, the dataset, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labelaudit.cli.options import OPTIONS
from labelaudit.cli.progress import ProgressBar
from labelaudit.cli.streams import STDOUT, Messages, is_terminal
from labelaudit.config import InputOptions
from labelaudit.errors import UsageError
from labelaudit.settings import Option, Settings, command_line, config_files, environment

if TYPE_CHECKING:
    from labelaudit.dataset import Dataset
    from labelaudit.opening import Wanted


def settings_of(
    given: Mapping[str, Any], paths: Sequence[str] = (), *, own: Sequence[Option] = ()
) -> Settings:
    """The settings of a run.

    Args:
        given: options typed.
        paths: the data, beside which a labelaudit.toml may lie.
        own: options that this command has in another form than the rest.
    """
    shared = list(OPTIONS.values())
    sources = [
        command_line(given),
        environment(os.environ, shared),
        *config_files(paths, given.get("config"), shared),
    ]
    return Settings([*(OPTIONS | {option.name: option for option in own}).values()], sources)


def refuse_no_data(paths: Sequence[str]) -> None:
    """Raise UsageError where no data is named; without data only settings can be shown."""
    if not paths:
        raise UsageError("no data", hint="name files or folders, or - for stdin")
    if "" in paths:
        raise UsageError("a path is empty", hint="is a variable not set? a dot is the current folder")


def messages_of(settings: Settings) -> Messages:
    """Who says what is beside the result."""
    return Messages(quiet=settings["quiet"], color=settings["color"])


def bar_of(settings: Settings) -> ProgressBar:
    """The progress of the work, shown if somebody watches."""
    return ProgressBar(shown=settings["progress"] and not settings["quiet"] and is_terminal(sys.stderr))


@contextmanager
def opened(
    paths: Sequence[str],
    settings: Settings,
    messages: Messages,
    bar: ProgressBar,
    *,
    probabilities: Wanted,
    note: Callable[[Dataset], str] | None = None,
) -> Iterator[Dataset]:
    """The dataset, its plan told.

    Args:
        paths: files, folders or -.
        settings: the options of the inputs.
        messages: where the plan goes.
        bar: the progress.
        probabilities: whether the files must hold some.
        note: what the plan says of probabilities that the dataset lacks.
    """
    from labelaudit.opening import open_dataset

    stdin = sys.stdin.buffer if STDOUT in paths else None
    pinned = {settings.origin(option.name) for option in OPTIONS.values()} - {"default", "command line"}
    options = settings.into(InputOptions)
    with open_dataset(paths, options, stdin=stdin, probabilities=probabilities, progress=bar) as dataset:
        bar.stop()  # the plan is to stand above it
        if pinned:
            messages.say(f"settings from {', '.join(sorted(pinned))}")
        plan = dataset.plan
        if note is not None and not dataset.probabilities:
            plan = plan.saying("probabilities", note(dataset))
        messages.say("\n".join(plan.lines()))
        yield dataset
