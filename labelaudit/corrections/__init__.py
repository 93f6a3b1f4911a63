"""Corrected label files: what people's decisions, or two views that agree, change in the files of an audit.

Corrections are values; `differences` shows what they change, `write_corrections` writes it, and
`reversion_of` takes it back from the `changes.csv` that was written with it.
"""
