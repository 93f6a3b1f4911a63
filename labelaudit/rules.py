"""The LA codes: what each means, why it matters and how to mend it.

The numbers are families: LA1 probabilities, LA2 neighbours, LA3 duplicates, LA4 annotators, LA5
classes, LA9 the door. `labelaudit rule CODE` prints what is written here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `raised` is False while no version of labelaudit finds it yet."""

    code: str
    name: str
    summary: str
    needs: str
    outcome: str
    explanation: str
    mend: str
    raised: bool = True


_SUSPECT = "suspect"
_REASON = "reason: listed with a suspect, adds none"
_SKIPPABLE = "error, or the rows are left out with --on-bad-row skip"
_ALLOWABLE = "error, or a notice with --allow {}"

_ALL = (
    Rule(
        code="LA101",
        name="confident-learning",
        summary="flagged by the confident-learning filter",
        needs="probabilities",
        outcome=_SUSPECT,
        explanation=(
            "The model gives another class more probability than the given one, and more than that class\n"
            "usually gets where it is right: each class has a threshold of its own, its mean\n"
            "self-confidence. Counting such rows for each pair of classes estimates how many labels of one\n"
            "class belong to the other; --filter says how that many rows are chosen.\n"
            "A suspect is a row to look at. In reviewed benchmarks about half of them keep their label."
        ),
        mend=(
            "Look at the row (labelaudit explain AUDIT ID). Wrong: correct the label. Right: the model has\n"
            "something to learn, or the classes overlap; the pairs most confused tell which."
        ),
    ),
    Rule(
        code="LA102",
        name="fused-score",
        summary="the fused score finds the label more likely wrong than right",
        needs="probabilities or embeddings",
        outcome=_SUSPECT,
        explanation=(
            "Probabilities and neighbours see different mistakes. The fused score joins both into one\n"
            "estimate that the given label is wrong; a row is flagged when that is more likely than not."
        ),
        mend="Look at the row and its neighbours; correct the label if they are right.",
    ),
    Rule(
        code="LA103",
        name="no-credible-class",
        summary="no class is credible (out of scope?)",
        needs="probabilities",
        outcome=_REASON,
        explanation=(
            "No class reaches the confidence that it usually gets. The item may belong to no class at all,\n"
            "be damaged, or be of a kind the model has hardly seen."
        ),
        mend="Decide whether the item belongs in the data; if it does, consider a class for it.",
    ),
    Rule(
        code="LA104",
        name="several-credible-classes",
        summary="two or more credible labels (ambiguous, not wrong)",
        needs="probabilities",
        outcome=_REASON,
        explanation=(
            "Several classes reach the confidence that they usually get, the given one among them. The item\n"
            "may show both, or the classes may overlap: a matter of definition more than of a slip."
        ),
        mend="Write down which class wins in such cases, or allow several labels.",
    ),
    Rule(
        code="LA201",
        name="neighbours-disagree",
        summary="neighbours agree on another label",
        needs="embeddings",
        outcome=_REASON,
        explanation=(
            "Most of the rows nearest to this one carry the same other label. Unlike probabilities this\n"
            "needs no trained classifier, but copies that repeat a wrong label vouch for each other."
        ),
        mend="Compare the row with the neighbours listed beside it.",
    ),
    Rule(
        code="LA202",
        name="isolated",
        summary="isolated from its own class",
        needs="embeddings",
        outcome=_REASON,
        explanation=(
            "The nearest rows of its own class are unusually far away. It may be an outlier, a rare but\n"
            "right example, or a label of the wrong class."
        ),
        mend="Look at the item; keep it if it is a rare but right example.",
    ),
    Rule(
        code="LA301",
        name="same-item-different-labels",
        summary="identical item, different labels",
        needs="text, hash or embeddings",
        outcome=_SUSPECT,
        explanation=(
            "The same content appears more than once with different labels. At least one of them is wrong,\n"
            "or the item has several right labels. This is certain, whatever any model says."
        ),
        mend="Give all copies one label, and drop the copies that are not wanted.",
    ),
    Rule(
        code="LA302",
        name="similar-item-different-labels",
        summary="near-identical item, different labels",
        needs="embeddings",
        outcome=_REASON,
        explanation=(
            "Two items are nearly the same and carry different labels: a resized image, a sentence with\n"
            "another ending. Often one label is wrong; sometimes the small difference is the point."
        ),
        mend="Compare the two items; correct the label that is wrong.",
    ),
    Rule(
        code="LA401",
        name="annotators-disagree",
        summary="annotators disagree with the consensus (reserved)",
        needs="annotators",
        outcome=_REASON,
        explanation=(
            "Several people labelled the item and the given label is not what they agree on, each weighed\n"
            "by how reliable they are elsewhere. The code is reserved."
        ),
        mend="Take the consensus, or ask one more person.",
        raised=False,
    ),
    Rule(
        code="LA501",
        name="confused-classes",
        summary="class pair mostly confused (merge, or define better)",
        needs="probabilities",
        outcome="reason: about a pair of classes",
        explanation=(
            "So many labels of one class seem to belong to the other that single corrections will not\n"
            "help: annotators, or the model, do not see the difference between the two."
        ),
        mend="Write down what separates the two classes, with examples, or merge them.",
    ),
    Rule(
        code="LA901",
        name="non-finite",
        summary="non-finite probability or embedding",
        needs="probabilities or embeddings",
        outcome=_SKIPPABLE,
        explanation=(
            "A value is nan, infinite or missing. One such row poisons the mean of its whole class and so\n"
            "the decision on thousands of others, without a word from most tools; so nothing is audited."
        ),
        mend=(
            "Find out why the model wrote it (an empty input, a division by zero) and predict these rows\n"
            "again, or leave them out with --on-bad-row skip; the report then counts them."
        ),
    ),
    Rule(
        code="LA902",
        name="not-probabilities",
        summary="probabilities outside 0-1 or not summing to 1",
        needs="probabilities",
        outcome=_SKIPPABLE,
        explanation=(
            "A row has values below 0 or above 1, or does not sum to 1 within 0.01. Usually these are\n"
            "logits, percentages, or one sigmoid a class; the message says which it looks like. Thresholds\n"
            "and margins mean nothing on such numbers. Tiny deviations are mended and counted in a notice."
        ),
        mend=(
            "Logits: apply softmax. Percentages: divide by 100. Sigmoids: train one softmax over the\n"
            "classes; dividing by the sum is a stopgap. Single broken rows: --on-bad-row skip."
        ),
    ),
    Rule(
        code="LA903",
        name="in-sample",
        summary="probabilities look in-sample",
        needs="probabilities",
        outcome=_ALLOWABLE.format("LA903"),
        explanation=(
            "Every label agrees with the model, although the probabilities themselves expect ten or more\n"
            "disagreements; or every row is exactly 0 and 1. A model that was trained on the labels it\n"
            "judges has learnt their errors by heart and hides them."
        ),
        mend=(
            "Predict out of sample: scikit-learn's cross_val_predict(..., method='predict_proba'), or a\n"
            "model trained on other rows. If they are out of sample and simply that good: --allow LA903."
        ),
    ),
    Rule(
        code="LA904",
        name="column-order",
        summary="columns look permuted, or labels off by one",
        needs="probabilities",
        outcome=_ALLOWABLE.format("LA904"),
        explanation=(
            "Another assignment of probability columns to classes fits the labels far better, by more than\n"
            "four standard errors. Typical causes: class names sorted as text (1, 10, 2) against columns in\n"
            "natural order, labels that count from 1, columns of another model. Nearly every row would be\n"
            "flagged, or worse, the wrong ones."
        ),
        mend=(
            "Name the probability columns after the classes, or give the order of the columns with\n"
            "--classes a,b,c. If the model really is that bad: --allow LA904."
        ),
    ),
    Rule(
        code="LA905",
        name="unknown-label",
        summary="missing or unknown label",
        needs="labels",
        outcome="error, or the rows are left out with --on-missing-label skip",
        explanation=(
            "A label is empty, or none of the classes has that name. Names are compared exactly, as text:\n"
            "'01' is not '1', and 'Cat' is not 'cat'."
        ),
        mend=(
            "Correct the label, name all classes with --classes, or leave unlabelled rows out with\n"
            "--on-missing-label skip; the report then counts them."
        ),
    ),
    Rule(
        code="LA906",
        name="ids",
        summary="ids missing, duplicated or unmatched between files",
        needs="ids",
        outcome="error",
        explanation=(
            "Labels and probabilities in different files are joined on the id. An id that is empty, occurs\n"
            "twice within a split, or is in one file only would pair a label with the wrong probabilities,\n"
            "or drop rows without a word."
        ),
        mend=(
            "Make the ids unique and the files complete, name the right column with --id-col, or, when the\n"
            "files have the same rows in the same order, join them with --row-order."
        ),
    ),
    Rule(
        code="LA907",
        name="small-class",
        summary="class too small to assess, or without rows",
        needs="labels",
        outcome="notice",
        explanation=(
            "A class with a handful of rows has no reliable threshold; one without rows has none at all and\n"
            "nothing can be confidently counted towards it. Its labels are audited as well as they can be."
        ),
        mend="Look through the labels of small classes by hand; drop classes that do not exist.",
    ),
    Rule(
        code="LA908",
        name="item-in-two-splits",
        summary="the same item in two splits",
        needs="text, hash or embeddings",
        outcome="notice",
        explanation=(
            "The same content is in the training and in the test split, so that the test measures memory.\n"
            "Label errors shared by both copies are invisible to a model trained on one of them."
        ),
        mend="Remove the copies from one of the splits.",
    ),
    Rule(
        code="LA909",
        name="no-information",
        summary="probabilities carry no information (constant, tied, or no better than chance)",
        needs="probabilities",
        outcome=_ALLOWABLE.format("LA909"),
        explanation=(
            "Every row has the same probabilities, or all classes are tied everywhere, or the most\n"
            "probable class is the given label no more often than by chance: then labels and\n"
            "probabilities may belong to different rows. No label can be doubted from that; other tools\n"
            "answer with no suspects at all, or with most of the rows. With two classes, or where one\n"
            "class is most of the rows, chance is a notice: a rare class may allow no better."
        ),
        mend=(
            "Check how the file was written: often it holds class frequencies or an untrained model, or its\n"
            "rows are in another order than the labels; join by id. To audit it all the same: --allow LA909."
        ),
    ),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _ALL}
