"""Pure functions on arrays: no files, no tables, no state."""
