"""The indexes by name, and which one is used when."""

from __future__ import annotations

from collections.abc import Callable

from labelaudit.errors import ConfigError
from labelaudit.neighbors.exact import Exact
from labelaudit.neighbors.flat import Flat
from labelaudit.neighbors.index import Index, SearchOptions
from labelaudit.neighbors.ivf import Ivf
from labelaudit.neighbors.points import Points

INDEXES: dict[str, Callable[[Points, SearchOptions], Index]] = {"exact": Exact, "flat": Flat, "ivf": Ivf}
"""Every index, by the name that `neighbor_graph` takes."""

EXACT_UP_TO = 20_000
"""Points up to which comparing all pairs takes less than two seconds of one processor (128 columns);
where there are clusters, `ivf` takes half of that here, and a quarter at 100,000."""

LARGEST_SHARE = 0.1
"""Share of the cells above which `ivf` is not worth its misses: at an eighth it takes as long as `exact`,
which compares faster, with a matrix product (128 columns; at a sixth with 16). Points in clusters need a
thirtieth; points near a curved surface of 12 dimensions a seventh, and pure noise nearly all."""


def chosen_index(points: Points, options: SearchOptions, name: str | None = None) -> Index:
    """The index of this name; without a name, `exact` for few points and where cells do not help, else `ivf`.

    Raises:
        ConfigError: no such index.
    """
    if name is not None:
        if name not in INDEXES:
            raise ConfigError(f"unknown index '{name}'", hint=f"choose one of {', '.join(INDEXES)}")
        return INDEXES[name](points, options)
    if len(points) > EXACT_UP_TO:
        ivf = Ivf(points, options)
        if ivf.share <= LARGEST_SHARE:
            return ivf
    return Exact(points, options)
