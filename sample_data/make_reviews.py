"""Make reviews.csv: invented reviews of headphones, sorted by what they are about, some of them wrongly.

Every text is put together from phrases below, so the true topic is known: reviews_truth.csv has it by row.
The draws are seeded and need nothing but Python, so the script writes the same bytes everywhere.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

SEED = 11
N_REVIEWS = 200
N_ERRORS = 12

TOPICS = {
    "battery": [
        "the battery is empty after two hours",
        "I charge them once a week and that is enough",
        "they take all night to charge",
        "after a year the battery holds half of what it did",
        "the charging case lasts a whole trip",
        "the power light says full and then they die",
        "fifteen minutes on the charger give me a full afternoon",
        "the charger gets hot and the battery drains over night",
    ],
    "sound": [
        "the bass drowns every voice",
        "the treble is clear and the voices are warm",
        "music sounds as if it came through a wall",
        "I hear instruments I never noticed before",
        "there is a hiss in every quiet passage",
        "the noise cancelling swallows the train completely",
        "at high volume the sound is distorted",
        "podcasts sound thin but orchestras are wonderful",
    ],
    "comfort": [
        "they press on my ears after an hour",
        "I forget that I wear them",
        "the headband is too tight for my head",
        "the cushions are soft and stay cool",
        "they slide off when I run",
        "my glasses and the ear pads do not get along",
        "light enough to wear on a long flight",
        "the padding wore out and now the plastic hurts",
    ],
    "delivery": [
        "the parcel came a week late",
        "ordered on Monday and delivered on Tuesday",
        "the box was crushed and the seal was open",
        "the courier left the package with a neighbour",
        "they sent the wrong colour and I had to return it",
        "shipping cost more than was promised",
        "the tracking page never changed until it was at my door",
        "well packed, with the invoice in the parcel",
    ],
}
OPENINGS = [
    "Honestly,",
    "To be fair,",
    "Bought in spring:",
    "My second pair:",
    "As a gift:",
    "In short,",
    "",
    "",
]
CLOSINGS = [
    "I would buy again.",
    "Two stars.",
    "My brother says the same.",
    "Nothing else to add.",
    "For this price it is fine.",
    "I expected more.",
    "Five stars from me.",
    "We will see.",
]


def reviews(rng: random.Random) -> list[tuple[str, str]]:
    """Distinct texts with their topics."""
    found: dict[str, str] = {}
    while len(found) < N_REVIEWS:
        topic = rng.choice(list(TOPICS))
        first, second = rng.sample(TOPICS[topic], 2)
        joint = rng.choice(["; also, ", ", and ", ". Besides, "])
        text = f"{rng.choice(OPENINGS)} {first}{joint}{second}. {rng.choice(CLOSINGS)}".strip()
        found[text[0].upper() + text[1:]] = topic
    return list(found.items())


def main() -> None:
    """Write both files beside this script."""
    rng = random.Random(SEED)
    truth = reviews(rng)
    wrong = set(rng.sample(range(N_REVIEWS), N_ERRORS))
    given = [
        rng.choice([name for name in TOPICS if name != topic]) if row in wrong else topic
        for row, (_, topic) in enumerate(truth)
    ]
    folder = Path(__file__).parent
    with (folder / "reviews.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows((text, label) for (text, _), label in zip(truth, given, strict=True))
    with (folder / "reviews_truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "true_label"])
        writer.writerows(enumerate(topic for _, topic in truth))


if __name__ == "__main__":
    main()
