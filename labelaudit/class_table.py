"""What an audit says of the classes: `classes.csv` and `joint.csv`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.audit_tables import ScoredRows
from labelaudit.kernels.fixed_point import UNIT, sum_by_class
from labelaudit.types import ClassRow, ConfidentJoint, JointCell


def class_rows(scored: ScoredRows, joints: Sequence[ConfidentJoint]) -> tuple[ClassRow, ...]:
    """One line a class; one a class and split when every split has a joint of its own."""
    names = scored.dataset.classes
    found: list[ClassRow] = []
    for stratum, joint in enumerate(joints):
        at = scored.kept.of_stratum(stratum)
        given, flagged = scored.view.given[at], scored.flagged[at]
        if len(joints) > 1 and not len(given):
            continue
        counts = np.bincount(given, minlength=len(names))
        suspects = np.bincount(given[flagged], minlength=len(names))
        quality = sum_by_class(scored.scores[at], given, len(names)) * UNIT
        confused = joint.calibrated - np.diag(joint.calibrated.diagonal())
        for i, name in enumerate(names):
            n, worst = int(counts[i]), int(confused[i].argmax())
            found.append(
                ClassRow(
                    name=name,
                    n=n,
                    threshold=float(joint.thresholds[i]) if n else None,
                    suspects=int(suspects[i]),
                    suspect_rate=int(suspects[i]) / n if n else 0.0,
                    est_noise_rate=int(confused[i].sum()) / n if n else None,
                    most_confused_with=names[worst] if confused[i, worst] else None,
                    confused_count=int(confused[i, worst]),
                    mean_label_quality=float(quality[i]) / n if n else None,
                    split=_split(scored, stratum, joints),
                )
            )
    return tuple(found)


def joint_cells(scored: ScoredRows, joints: Sequence[ConfidentJoint]) -> tuple[JointCell, ...]:
    """The non-zero cells of the calibrated joint, given labels by rows."""
    names = scored.dataset.classes
    return tuple(
        JointCell(
            given_label=names[given],
            true_label=names[true],
            count=int(joint.calibrated[given, true]),
            joint_prob=float(joint.joint[given, true]),
            noise_prob=float(joint.noise_matrix[given, true]),
            inverse_noise_prob=float(joint.inverse_noise_matrix[given, true]),
            split=_split(scored, stratum, joints),
        )
        for stratum, joint in enumerate(joints)
        for given, true in np.argwhere(joint.calibrated > 0).tolist()
    )


def _split(scored: ScoredRows, stratum: int, joints: Sequence[ConfidentJoint]) -> str | None:
    """The split of a stratum; stratum 0 holds the rows without one."""
    return scored.dataset.labels.splits[stratum - 1] if len(joints) > 1 and stratum else None
