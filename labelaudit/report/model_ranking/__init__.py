"""Models on given and on reviewed labels: told in sentences, and as JSON, CSV and Markdown.

The table for a screen is drawn where rich is, in the command line.
"""
