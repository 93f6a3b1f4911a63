"""Strings of the data in a comment on a pull request: no mark-up, no HTML, no link, nobody mentioned.

Services look for `@name`, `#12` and addresses in what a comment says, not in code.
"""

from __future__ import annotations

import re

from labelaudit.report.markdown import escaped
from labelaudit.report.text import shortened, visible

_PLAIN = re.compile(r"[^`|\\<>&]*[^`|\\<>& ][^`|\\<>&]*")  # a code span shows these as they are
_MARKS = re.compile(r"[!-/:-@\[-`{-~]")
_REFERENCES = re.compile(r"@|#|:(?=//)|www(?=\.)", re.IGNORECASE)


def words(text: str) -> str:
    r"""A line that holds names, as plain words.

    Example:
        >>> print(words("class '@cat|dog' failed"))
        class '@&#8203;cat\|dog' failed
    """
    return _REFERENCES.sub(r"\g<0>&#8203;", escaped(text))


def code(text: str, most: int = 80) -> str:
    """A label, an id or a row's text as code, cut to `most` letters.

    Example:
        >>> code("cat #1"), code("a|b")
        ('`cat #1`', '<code>a&#124;b</code>')
    """
    text = shortened(text, most)
    if _PLAIN.fullmatch(text):
        return f"`{text}`"
    return f"<code>{_MARKS.sub(lambda mark: f'&#{ord(mark[0])};', text)}</code>"


def beginning(text: str, most: int) -> str:
    """The first `most` letters of a text."""
    text = visible(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
