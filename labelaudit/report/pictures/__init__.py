"""Pictures as SVG text: values in, one `<svg>` out, for a file, an `<img>` or the middle of an HTML page.

A picture carries its own paper and its own colours for light and dark screens. It has no script,
no outside reference and no id, so that many of them share a page; strings of the data are
shortened and escaped. The same values give the same bytes.
"""
