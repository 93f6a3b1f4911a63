"""How the labels of two versions of a dataset differ, and what an audit says to it.

`sides` tells what two names mean, `pairing` which rows are the same, `views` what an audit thinks of
them; `finding` puts the answer of `model` together.
"""
