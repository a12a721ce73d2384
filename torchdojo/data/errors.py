"""The one error that data gives: it cannot be had, in words for a person."""


class DataError(Exception):
    """Images that cannot be read or downloaded; the text says which, why, and what to do."""
