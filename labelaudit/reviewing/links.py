"""Addresses of items by a template: `--url-template https://photos.example/{id}`."""

from __future__ import annotations

from string import Formatter
from urllib.parse import quote, urlsplit

from labelaudit.errors import UsageError

FIELDS = ("id", "file", "row", "split")


def check_template(template: str) -> str:
    """A template that works.

    Raises:
        UsageError: it names a field that rows do not have, or is no web address.
    """
    try:
        named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        unknown = sorted(named - set(FIELDS))
        address = urlsplit(template.format(**dict.fromkeys(FIELDS, "x")) if not unknown else template)
    except (ValueError, LookupError, AttributeError) as error:
        raise UsageError(f"--url-template: {error}", hint="https://photos.example/{id}") from error
    if unknown or address.scheme not in ("http", "https") or not address.netloc:
        what = f"unknown field '{unknown[0]}'" if unknown else "no web address"
        raise UsageError(
            f"--url-template '{template}': {what}",
            hint=f"https://photos.example/{{id}}; fields are {', '.join(FIELDS)}",
        )
    return template


def link_of(template: str, *, id: str, file: str, row: int, split: str | None) -> str:
    """The address of a row; what comes from the data is percent-encoded.

    Example:
        >>> link_of("https://photos.example/{id}", id="a/b?c", file="", row=0, split=None)
        'https://photos.example/a%2Fb%3Fc'
    """
    encoded = {
        name: quote(text, safe="") for name, text in (("id", id), ("file", file), ("split", split or ""))
    }
    return template.format(**encoded, row=row)
