"""The honest number: how many labels are wrong, by a reviewed probability sample."""
