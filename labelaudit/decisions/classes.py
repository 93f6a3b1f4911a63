"""Labels that people typed, held against the classes of the audit."""

from __future__ import annotations

from collections.abc import Sequence

from labelaudit.decisions import Decision
from labelaudit.errors import CorrectionError

SHOWN_CLASSES = 6


def no_class(file: str, decision: Decision, classes: Sequence[str]) -> CorrectionError:
    """The error for a decision whose label is no class.

    Example:
        >>> vote = Decision(
        ...     fingerprint="f", id="7", word="other", label="eleven", reviewer="", line=3, record={}
        ... )
        >>> print(no_class("ana.jsonl", vote, ["one", "two"]))
        error[correction]: ana.jsonl, row 2 (line 3): 'eleven' is no class of the audit (id '7')
        hint: the classes are 'one', 'two': mend the line, or scan again with --classes
    """
    some = ", ".join(f"'{name}'" for name in classes[:SHOWN_CLASSES])
    more = ", ..." if len(classes) > SHOWN_CLASSES else ""
    return CorrectionError(
        f"'{decision.label}' is no class of the audit (id '{decision.id}')",
        file=file,
        row=decision.line - 1,
        line=decision.line,
        hint=f"the classes are {some}{more}: mend the line, or scan again with --classes",
    )
