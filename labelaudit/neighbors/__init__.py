"""The nearest neighbours of every row, by its embedding: `neighbor_graph(prepare(embeddings))`.

`prepare` scales and narrows the embeddings; an index finds candidates with matrix products; their
distances are then computed one by one, so that the graph is the same whatever the number of threads. A new
index is one file here and one entry in `INDEXES`.
"""

from labelaudit.neighbors.graph import NeighborGraph
from labelaudit.neighbors.prepare import Prepared, prepare
from labelaudit.neighbors.search import neighbor_graph

__all__ = ["NeighborGraph", "Prepared", "neighbor_graph", "prepare"]
