"""One item after the other.

The result is right, but every item before the wanted one is looked at. The items are sorted: look at the one in the
middle, and half of them are out of question.
"""

FAILS = ("looks",)


def binary_search(items, wanted):
    for index, item in enumerate(items):
        if item == wanted:
            return index
    return None
