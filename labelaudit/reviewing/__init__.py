"""People decide: what is put before them, in which order, and where each decision is kept."""
