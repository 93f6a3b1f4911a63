"""A review: the queue of one reviewer, what its rows show, and the decisions taken."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labelaudit.audit_tables import SUSPECTS
from labelaudit.decisions import BATCH_NOTE, WORDS
from labelaudit.errors import RowNotFoundError, UsageError
from labelaudit.reviewing.decided import Decided, progress_of
from labelaudit.reviewing.items import Items, decision_of
from labelaudit.reviewing.links import check_template
from labelaudit.reviewing.log import DecisionLog
from labelaudit.reviewing.media_files import MediaFile
from labelaudit.reviewing.queues import Filters, Order, QueueOptions, queue_of
from labelaudit.reviewing.showing import Showing
from labelaudit.scan_key import scan_key
from labelaudit.store import DECISIONS, load_audit
from labelaudit.types import IntArray, Suspect

AHEAD = 40
"""Rows read behind those that were asked for: a text file is read from its beginning each time."""
LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """How a review goes."""

    reviewer: str
    queue: QueueOptions = field(default_factory=QueueOptions)
    order: Order = "ranked"
    blind: bool = False
    url_template: str | None = None
    media_roots: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.blind and self.order == "class":
            raise UsageError(
                "class by class, and blind", hint="--order class goes by the given label and so tells it"
            )


class Session:
    """One reviewer at an audit. Several threads may ask it; several processes may review one audit.

    Args:
        folder: of a saved audit.
        options: who reviews what.
        unpacked: an existing empty folder, for as long as the review lasts.
        reads_only: whether nothing will be decided: then the audit's folder is left as it is.

    Raises:
        AuditNotFoundError: no audit is there.
        OutputError: decisions cannot be written.
        UsageError: there is nothing to review, or the address of items is none.

    Example:
        >>> import tempfile
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> from labelaudit.store import write_audit
        >>> with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as unpacked:
        ...     with open_dataset(["sample_data/digits"]) as dataset:
        ...         found = audit(dataset)
        ...         nothing = dict.fromkeys(["confusion.svg", "scores.svg"], "")
        ...         write_audit(found, folder, page=lambda: "", pictures=lambda: nothing)
        ...     session = Session(folder, ReviewOptions(reviewer="ana"), Path(unpacked))
        ...     worst = session.page(limit=1)["items"][0]
        ...     line, progress = session.decide(worst["fingerprint"], "suggested")
        >>> worst["given_label"], worst["suggested_label"], line, progress["decided"]
        ('four', 'two', 1, 1)
    """

    def __init__(
        self, folder: str | Path, options: ReviewOptions, unpacked: Path, *, reads_only: bool = False
    ) -> None:
        template = options.url_template
        self.options = options
        self.audit = load_audit(folder)
        self.queue = queue_of(self.audit, options.queue)
        showing = Showing(
            self.audit,
            unpacked,
            more_roots=options.media_roots,
            url_template=None if template is None else check_template(template),
        )
        self._items = Items(self.audit, showing, self.queue)
        self._scan = scan_key(self.audit.summary)
        self._decided = Decided(
            options.reviewer, in_sample=self.queue.is_sample, scan=self._scan, after=self.queue.after
        )
        self._orders: dict[Order, IntArray] = {}
        self._reading, self._deciding = threading.Lock(), threading.Lock()
        self.log = DecisionLog(
            Path(folder) / DECISIONS,
            absorb=self._decided.absorb,
            forget=self._decided.forget,
            reads_only=reads_only,
        )

    def page(
        self,
        *,
        order: Order | None = None,
        filters: Filters | None = None,
        undecided: bool = False,
        offset: int = 0,
        limit: int = 20,
    ) -> dict[str, Any]:
        """Some items of the queue, and how many there are.

        Args:
            order: that of the options where it is None.
            filters: which rows are looked at.
            undecided: whether those are left out that this reviewer has decided or skipped.
            offset: items passed over.
            limit: items wanted.
        """
        with self._deciding:
            self.log.catch_up()
        positions = self._positions(order or self.options.order, filters or Filters(), undecided)
        wanted = self.rows(positions[offset : offset + limit])
        with self._reading:
            if not all(map(self._items.is_read, wanted)):
                self._items.read([*wanted, *self.rows(positions[offset + limit : offset + limit + AHEAD])])
            else:
                self._items.read(wanted)
            items = [self._item(row) for row in wanted]
        return {"total": len(positions), "items": items}

    def _positions(self, order: Order, filters: Filters, undecided: bool) -> IntArray:
        if order not in self._orders:
            self._orders[order] = self.queue.ordered(order)
        wanted = self.queue.matching(filters)
        if undecided:
            with self._deciding:
                wanted[
                    [self.queue.at[print_] for print_ in self._decided.last if self._is_decided(print_)]
                ] = 0
        ordered = self._orders[order]
        return ordered[wanted[ordered]]

    def _is_decided(self, fingerprint: str) -> bool:
        in_queue = fingerprint in self.queue.at
        return in_queue and self._decided.on(fingerprint) is not None

    def rows(self, positions: Sequence[int] | IntArray) -> list[Suspect]:
        """Rows of the queue."""
        table = self.queue.rows.select(SUSPECTS.names).take(pa.array(np.asarray(positions, dtype=np.int64)))
        return list(replace(self.audit, read_suspects=lambda: table).suspects())

    def _item(self, row: Suspect) -> dict[str, Any]:
        at = self.queue.at[row.fingerprint]
        asked = self.queue.rows.select(["queue", "draw_prob"]).slice(at, 1).to_pylist()[0]
        queue, draw_prob = self._drawn(row.fingerprint, **asked)
        last = self._decided.on(row.fingerprint)
        return self._items.item(row, queue=queue, draw_prob=draw_prob, last=last) | {"scan": self._scan}

    def _drawn(self, fingerprint: str, queue: str, draw_prob: float | None) -> tuple[str, float | None]:
        """The queue of a row; one that was drawn stays so, and is told of the sample later on."""
        drawn = self._decided.drawn.get(fingerprint)
        return (queue, draw_prob) if queue != "ranked" or drawn is None else ("sample", drawn)

    def said(self, fingerprint: str) -> dict[str, Any] | None:
        """This reviewer's last word on a row, in whichever window it was said."""
        with self._deciding:
            self.log.catch_up()
            last = self._decided.on(fingerprint)
        return None if last is None else decision_of(last)

    def decide(
        self,
        fingerprint: str,
        word: str,
        *,
        label: str | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Take a decision; it is on disk when this returns.

        Args:
            fingerprint: of a row in the queue.
            word: as in `labelaudit.decisions.WORDS`.
            label: of "other", a class.
            reason: why, in a word or two.
            note: anything else.

        Returns:
            The line of the decision in the log, and the progress.

        Raises:
            RowNotFoundError: no such row is in the queue.
            UsageError: it is no decision.
            OutputError: it could not be written.
        """
        at = self.queue.at.get(fingerprint)
        if at is None:
            raise RowNotFoundError(f"no row in the queue has the fingerprint '{fingerprint}'")
        row = self.queue.rows.slice(at, 1).to_pylist()[0]
        word, label = self._checked(row, word, label, reason, note)
        with self._deciding:
            self.log.catch_up()
            queue, draw_prob = self._drawn(fingerprint, row["queue"], row["draw_prob"])
            if note == BATCH_NOTE and queue != "ranked":
                raise UsageError(
                    "rows of a sample and controls are not accepted in a batch",
                    hint="they tell how many labels are wrong: look at each",
                )
            line = self.log.append(
                {
                    "fingerprint": fingerprint,
                    "id": row["id"],
                    "decision": word,
                    "label": label,
                    "reason": reason or None,
                    "note": note or None,
                    "reviewer": self.options.reviewer,
                    "decided_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "queue": queue,
                    "draw_prob": draw_prob,
                    "scan": self._scan,
                    "blind": self.options.blind,
                    "seen": {
                        "given": row["given_label"],
                        "suggested": row["suggested_label"],
                        "label_quality": row["label_quality"],
                    },
                    "tool_version": version("labelaudit"),
                }
            )
            return line, self._progress()

    def _checked(
        self, row: dict[str, Any], word: str, label: str | None, reason: str | None, note: str | None
    ) -> tuple[str, str | None]:
        """A decision as it is meant, and the label that it gives the row."""
        if word not in WORDS:
            raise UsageError(f"'{word}' is no decision", hint=f"one of {', '.join(WORDS)}")
        if any(len(text or "") > LONGEST_NOTE for text in (reason, note)):
            raise UsageError(f"a note of more than {LONGEST_NOTE:,} letters", hint="shorten it")
        if word == "suggested" and row["suggested_label"] is None:
            raise UsageError("no label is suggested for this row", hint="decide 'other' and name the label")
        if word == "other" and label not in self.queue.classes:
            raise UsageError(f"'{label}' is no class", hint="'other' needs one of the classes as label")
        if word == "other":  # who types one of the two labels means that one: blind, nobody can know better
            word = {row["suggested_label"]: "suggested", row["given_label"]: "given"}.get(label, word)
        return word, {"suggested": row["suggested_label"], "other": label}.get(word)

    def progress(self) -> dict[str, Any]:
        """How far the reviewer has come, with which result and how fast."""
        with self._deciding:
            self.log.catch_up()
            return self._progress()

    def _progress(self) -> dict[str, Any]:
        return progress_of(self._decided, self.queue.rules)

    def media(self, fingerprint: str) -> MediaFile | None:
        """The picture or sound of a row of the queue, or of a neighbour that was shown, if it has one."""
        with self._reading:
            found = self._items.showing.file(fingerprint)
            if found is not None:
                return found
            at = self.queue.at.get(fingerprint)
            row = self._items.neighbor(fingerprint) if at is None else self.rows([at])[0]
            if row is None or not self._items.showing.missing([row]):
                return None
            self._items.showing.read([row])
            return self._items.showing.file(fingerprint)

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """What the queue can be filtered by, and how many rows each leaves: the most first.

        A class pair is written as JSON without blanks, `["cat","dog"]`, as the page asks for it. Blind there
        are none, as the first label of a pair is the given one.
        """
        given, suggested, splits = (
            self.queue.rows.column(name).to_pylist() for name in ("given_label", "suggested_label", "split")
        )
        pairs = Counter(pair for pair in zip(given, suggested, strict=True) if pair[1] is not None)
        written = {
            json.dumps(pair, ensure_ascii=False, separators=(",", ":")): n for pair, n in pairs.most_common()
        }
        rules = Counter(code for codes in self.queue.rules.values() for code in codes)
        by_split = Counter(split for split in splits if split is not None)
        return {
            "pairs": [] if self.options.blind else list(written.items()),
            "rules": rules.most_common(),
            "splits": by_split.most_common(),
        }
