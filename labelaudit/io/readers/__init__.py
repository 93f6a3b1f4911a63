"""One reader a format; `labelaudit.io.tables` imports them when they are needed."""
