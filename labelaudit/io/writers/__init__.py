"""Tables into text files: one format a file. Columns are texts, numbers or lists of texts."""
