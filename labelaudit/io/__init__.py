"""Tables in and out of files: one reader or writer a format, one registry each."""

from labelaudit import pandas_free  # noqa: F401  # before the first conversion
