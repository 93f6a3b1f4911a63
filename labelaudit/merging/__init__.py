"""Decisions of several reviewers together: what they agree on, where they differ, how sure they are."""
