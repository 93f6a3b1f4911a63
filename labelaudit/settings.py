"""Settings: what was asked for, by whom, and what holds.

A setting is taken from the first that names it: command line, `LABELAUDIT_*` environment, `--config
FILE`, `labelaudit.toml`, `[tool.labelaudit]` in pyproject.toml, the default. All are read by the same
rules; paths in a file count from that file's folder.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from labelaudit.errors import ConfigError, UsageError

T = TypeVar("T")
Kind = Literal["text", "flag", "number", "fraction", "choice", "list", "path", "reports", "table"]
"""A table is given in a file only."""

ENV_PREFIX = "LABELAUDIT_"
CONFIG_FILE = "labelaudit.toml"
PYPROJECT = "pyproject.toml"
_SECTION = "[tool.labelaudit]"
GATE = "gate"
GATE_TABLES = {"changes": "gate_changes", "dataset": "gate_dataset"}
"""Tables in the table `[gate]`, and the options that they are."""
LIMIT_KEYS = ("max-rate", "max-count", "informational")
"""What stands in those tables and not in `[gate]` itself."""
_BOOLEANS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(
    ("0", "false", "no", "off"), False
)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting: its name, its values, its default, and how the command line shows it."""

    name: str  # as in Python; the command line has dashes
    help: str
    kind: Kind = "text"
    default: Any = None
    choices: tuple[str, ...] = ()  # of a list: of its items; of reports: the formats
    prefixes: bool = False  # the beginning of a choice will do
    from_file: bool = False  # a list may be given as @FILE, an item a line
    short: str = ""
    metavar: str = ""
    panel: str = ""
    pinned: bool = True  # may be given in a file or the environment
    least: float = 0  # of a number or a fraction
    writes: bool = False  # its value is a file or folder to write

    @property
    def dashed(self) -> str:
        """The name as the command line and TOML files have it."""
        return self.name.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Somebody who gave values, by Python name; a file's paths count from its folder."""

    kind: Literal["command line", "environment", "file"]
    values: Mapping[str, Any]
    file: str | None = None
    folder: Path = Path()

    def spelled(self, name: str) -> str:
        """An option as this source writes it."""
        if self.kind == "environment":
            return ENV_PREFIX + name.upper()
        return name.replace("_", "-") if self.kind == "file" else f"--{name.replace('_', '-')}"

    def origin(self, name: str) -> str:
        """Who it is, for --show-settings."""
        return self.file or (self.spelled(name) if self.kind == "environment" else self.kind)

    def error(self, message: str, hint: str | None = None) -> UsageError:
        """The error for a value that this source gave."""
        if self.kind == "command line":
            return UsageError(message, hint=hint)
        return ConfigError(message, file=self.file, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value and where it came from; `written` is the value before an @FILE was read."""

    value: Any
    written: Any
    origin: str


class Settings:
    """All settings of one run."""

    def __init__(self, options: Sequence[Option], sources: Sequence[Source]) -> None:
        self._options = options
        self._sources = sources
        self._settings = {option.name: _resolved(option, sources) for option in options}

    def __getitem__(self, name: str) -> Any:
        """The value that holds."""
        return self._settings[name].value

    def get(self, name: str, default: Any) -> Any:
        """The value that holds; `default` where the command has no such option."""
        return self[name] if name in self._settings else default

    def origin(self, name: str) -> str:
        """Who gave it: `command line`, an environment variable, a file, or `default`."""
        return self._settings[name].origin

    def files_read(self) -> Iterator[Path]:
        """What the values may name to be read, and the files that gave them; not all of it need exist."""
        for option in self._options:
            written = () if option.writes else self._settings[option.name].written
            texts = written if isinstance(written, list | tuple) else [written]
            yield from (Path(text.removeprefix("@")) for text in texts if isinstance(text, str))
        for source in self._sources:
            if source.file is not None:
                yield Path(source.file.partition(f" {_SECTION}")[0])

    def into(self, cls: type[T]) -> T:
        """An options dataclass made of the settings that have its fields' names."""
        return cls(**{field.name: self[field.name] for field in fields(cls)})  # type: ignore[arg-type]

    def lines(self) -> Iterator[str]:
        """A line a setting: `name = value  (origin)`."""
        for option in self._options:
            if option.pinned:
                setting = self._settings[option.name]
                yield f"{option.dashed} = {toml_value(setting.written)}  ({setting.origin})"

    def arguments(self, panels: Sequence[str]) -> Iterator[str]:
        """The settings of some panels that differ from the default, as a command line has them."""
        for option in self._options:
            written = self._settings[option.name].written
            if option.panel in panels and written != option.default:
                yield f"--{option.dashed}"
                if option.kind != "flag":
                    yield _comma_line(written) if option.kind == "list" else str(written)


def toml_value(value: Any) -> str:
    """A value as TOML writes it; `none` for one that is not set."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _resolved(option: Option, sources: Sequence[Source]) -> Setting:
    for source in sources:
        if option.name in source.values and (option.pinned or source.kind == "command line"):
            written = _read(option, source.values[option.name], source)
            value = _lines_of(written[0][1:], source) if _names_a_file(option, written) else written
            return Setting(value=value, written=written, origin=source.origin(option.name))
    return Setting(value=option.default, written=option.default, origin="default")


# --- who gives values ----------------------------------------------------------------------------


def command_line(given: Mapping[str, Any]) -> Source:
    """The options typed, by their Python names."""
    return Source(kind="command line", values=given)


def environment(environ: Mapping[str, str], options: Sequence[Option]) -> Source:
    """The `LABELAUDIT_*` variables; an empty one counts as not set."""
    names = [name for name in environ if name.startswith(ENV_PREFIX) and environ[name]]
    source = Source(
        kind="environment", values={n.removeprefix(ENV_PREFIX).lower(): environ[n] for n in names}
    )
    _check_names(source, options)
    return source


def config_files(paths: Sequence[str], config: str | None, options: Sequence[Option]) -> list[Source]:
    """The files that pin settings, strongest first.

    Args:
        paths: what is scanned; a file looks in its folder. The current folder comes last.
        config: `--config FILE`.
        options: all that a file may name.

    Returns:
        At most three: `config`, the first labelaudit.toml, the first pyproject.toml with a section.

    Raises:
        ConfigError: a file cannot be read, or names what is not an option.
    """
    found = [] if config is None else [_config_file(Path(config))]
    folders = [path if path.is_dir() else path.parent for path in map(Path, paths) if str(path) != "-"]
    for name in (CONFIG_FILE, PYPROJECT):
        files = [folder / name for folder in [*folders, Path()] if (folder / name).is_file()]
        found += next(([source] for source in map(_config_file, files) if source.values), [])
    for source in found:
        _check_names(source, options)
    return found


def _config_file(path: Path) -> Source:
    import tomllib  # most runs have no such file

    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"not TOML: {error}", file=str(path)) from error
    file = str(path)
    if path.name == PYPROJECT:
        table, file = table.get("tool", {}).get("labelaudit", {}), f"{path} {_SECTION}"
    values = {key.replace("-", "_"): value for key, value in table.items() if key != GATE}
    gate = table.get(GATE, {})
    if not isinstance(gate, dict):
        raise ConfigError("gate is no table", file=file, hint='write [gate], then fail-over = "2%"')
    for key, value in gate.items():
        if key in LIMIT_KEYS or (isinstance(value, dict) and key not in GATE_TABLES):
            raise ConfigError(f"unknown key '{key}' in [gate]", file=file, hint=_place_of_limits(key))
        name = GATE_TABLES.get(key, key.replace("-", "_"))
        if name in values:
            raise ConfigError(f"'{key}' stands in [gate] and outside of it", file=file, hint="keep one")
        values[name] = value
    return Source(kind="file", values=values, file=file, folder=path.parent)


def _place_of_limits(key: str) -> str:
    near = get_close_matches(key, GATE_TABLES, 1)
    if near:
        return f"did you mean [gate.{near[0]}]?"
    return "limits on all rows stand in [gate.dataset], on changed rows in [gate.changes]"


def _check_names(source: Source, options: Sequence[Option]) -> None:
    known = [option.name for option in options if option.pinned]
    for name in source.values:
        if name not in known:
            near = get_close_matches(name.removeprefix("no_"), known, 1)
            hint = f"did you mean '{source.spelled(near[0])}'?" if near else None
            hint = hint or "labelaudit scan --show-settings lists all settings"
            raise source.error(f"unknown key '{source.spelled(name)}'", hint)


# --- how values are read -------------------------------------------------------------------------


def _read(option: Option, raw: Any, source: Source) -> Any:
    """A value as it was typed, or as TOML has it, checked."""
    wrong = f"{source.spelled(option.name)}: {raw!r} is not "
    match option.kind:
        case "flag":
            flag = raw if isinstance(raw, bool) else None
            if source.kind == "environment":
                flag = _BOOLEANS.get(raw.lower())
            if flag is None:
                raise source.error(wrong + "true or false")
            return flag
        case "number":
            typed = source.kind != "file" and raw.isascii() and raw.isdecimal()
            number = int(raw) if typed or type(raw) is int else -1
            if not option.least <= number <= _LARGEST:
                raise source.error(f"{wrong}a whole number from {option.least:g}")
            return number
        case "fraction":
            return _read_fraction(option, raw, wrong, source)
        case "table":
            if not isinstance(raw, dict):
                raise source.error(wrong + "a table", "it is given in a file: [gate.dataset]")
            return raw
        case "list" | "reports":
            return _read_list(option, raw, source)
    if not isinstance(raw, str):
        raise source.error(wrong + "a text", "write it in quotes")
    if option.kind == "path" and not raw:
        raise source.error(wrong + "a path", "is a variable not set?")
    if option.kind == "choice" and raw not in option.choices:
        raise source.error(f"{wrong}one of {', '.join(option.choices)}", _nearest(raw, option.choices))
    return _from_folder(raw, source) if option.kind == "path" else raw


def _read_fraction(option: Option, raw: Any, wrong: str, source: Source) -> float:
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else -1.0
    except ValueError:
        number = -1.0
    if not option.least <= number <= 1:
        raise source.error(f"{wrong}a number from {option.least:g} to 1")
    return number


def _read_list(option: Option, raw: Any, source: Source) -> tuple[str, ...]:
    texts = [raw] if isinstance(raw, str) else raw
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise source.error(f"{source.spelled(option.name)}: {raw!r} is not a list of texts")
    if isinstance(raw, str) or (source.kind == "command line" and option.kind == "list"):
        texts = [item for text in texts for item in _comma_items(text)]
    if option.kind == "reports":
        return tuple(_report_from_folder(text, option, source) for text in texts)
    if option.from_file and len(texts) == 1 and texts[0].startswith("@"):
        return ("@" + _from_folder(texts[0][1:], source),)
    for text in texts:
        fits = any(
            choice.startswith(text) if option.prefixes else choice == text for choice in option.choices
        )
        if option.choices and not (text and fits):
            kind = "one, or the beginning of one, of" if option.prefixes else "one of"
            message = f"{source.spelled(option.name)}: {text!r} is not {kind} {', '.join(option.choices)}"
            raise source.error(message, _nearest(text, option.choices))
    return tuple(texts)


def _names_a_file(option: Option, written: Any) -> bool:
    return option.from_file and len(written) == 1 and written[0].startswith("@")


def _lines_of(file: str, source: Source) -> tuple[str, ...]:
    """The items in an @FILE, one a line."""
    try:
        text = Path(file).read_text("utf-8-sig")
    except OSError as error:
        raise source.error(f"@{file}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise source.error(f"@{file}: not UTF-8", "save it as UTF-8, one item a line") from error
    return tuple(line for line in text.split("\n") if line)


def _from_folder(path: str, source: Source) -> str:
    return path if path == "-" else str(source.folder / path)


def _report_from_folder(text: str, option: Option, source: Source) -> str:
    form, equals, path = text.partition("=")
    if equals and form in option.choices:
        return f"{form}={_from_folder(path, source)}"
    return _from_folder(text, source)


def _nearest(text: str, choices: Sequence[str]) -> str | None:
    lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(text.lower(), lower, 1)
    return f"did you mean '{lower[near[0]]}'?" if near else None


def _comma_items(text: str) -> list[str]:
    """Items between commas; an item with a comma or a line break is quoted as in CSV."""
    return [item for row in csv.reader(io.StringIO(text, newline=""), skipinitialspace=True) for item in row]


def _comma_line(items: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(items)
    return line.getvalue()
