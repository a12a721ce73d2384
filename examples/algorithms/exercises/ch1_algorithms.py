# %% [markdown]
# # Four algorithms
#
# Search, sort, remember, find the way: most programs do all four. The standard library does them well, so you may never
# have to write them again. Write them once, and you will know what they promise, what they cost, and where they break.
#
# Each exercise is a function or a class with `...` in it. Replace the `...`, save, and run `dojo check`. The docstring
# is the contract: nothing is checked that it does not say.

# %%
import heapq
from collections.abc import Hashable, Sequence

# %% [markdown]
# ## Binary search
#
# Open a dictionary in the middle. The word you want is in the one half or in the other, so half of the book is out of
# question. Do the same with that half. A million entries take twenty looks, because $2^{20}$ is a little more than a
# million.
#
# The idea is old, and most people's first version is wrong. Knuth says that the first one was published in 1946, and
# the first correct one for every length in 1962 (The Art of Computer Programming, volume 3, section 6.2.1).
#
# It helps to write down what is always true. Keep two numbers, `low` and `high`: everything before `low` is too small,
# and nothing from `high` on is. At the start that says nothing, with `low = 0` and `high = len(items)`. Each look at
# the item in the middle moves one of the two. When they meet, you know where the first item is that is not too small.
#
# Whether that item is the one you want is a question of its own. And there may be no such item at all.


# %%
def binary_search(items: Sequence[int], wanted: int) -> int | None:
    """Return the index of the first item that equals `wanted`, or None if there is none.

    items: in ascending order, possibly empty, possibly with repetitions; looked at no more than 2 + log2(n) times
    """
    ...


# %% [markdown]
# ## Merge sort
#
# Two sorted piles of cards are easily made into one: look at the two cards on top, take the smaller one, repeat. To
# sort one pile, split it, sort each half in the same way, and merge. A pile of one card is sorted already.
#
# Each level of splitting looks at every card once, and there are about $\log_2 n$ levels. (The method is von Neumann's,
# 1945; Knuth, volume 3, section 5.2.4, has its history.)
#
# What if the two cards on top are equal? Then it matters which one you take. A sort is *stable* if equal items keep the
# order that they had. A table that is sorted by name, and then by a stable sort by city, lists the people of each city
# by name.


# %%
def merge_sort(records: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return a new list of the records in ascending order of their first entries.

    Records with equal first entries keep their order. The list that is given stays as it is.

    records: of any length, 0 included
    """
    ...


# %% [markdown]
# ## A cache that forgets
#
# What was slow to get, one keeps. What one keeps fills the memory, so something must be thrown away. A good guess is
# what has not been used for the longest time: *least recently used*, LRU for short. `functools.lru_cache` is one.
#
# Two things count as use: to look a value up, and to store it, be it for the first time or again. An entry that is
# stored again replaces the old one, so nothing else has to go.
#
# A dict remembers in which order its keys came in, and `next(iter(d))` is the first of them. What happens to a key's
# place if you delete it and put it back?


# %%
class LRUCache:
    """Keep the `capacity` entries that were used last.

    capacity: at least 1; ValueError if smaller
    """

    def __init__(self, capacity: int) -> None:
        ...

    def get(self, key: Hashable, default: object = None) -> object:
        """Return the value of a key, which counts as use; `default` if the key is not there."""
        ...

    def put(self, key: Hashable, value: object) -> None:
        """Store a value of any kind under a key, which counts as use.

        If there are more than `capacity` entries then, drop the one whose last use is the longest ago.
        """
        ...

    def __len__(self) -> int:
        """Return the number of entries."""
        ...


# %% [markdown]
# ## Shortest paths
#
# A map is a graph: places are nodes, roads are edges, and each edge has a length. How far is it from here to everywhere
# else?
#
# Dijkstra's answer (A note on two problems in connexion with graphs, 1959, problem 2): the nearest place is settled
# first. No detour can make it nearer, because every detour begins with a road that is at least as long. From it, look
# down each of its roads. A road may lead to a place already seen, by a shorter way: then the shorter one counts. Settle
# the nearest place that is left, and so on.
#
# So a distance is certain when a place is *settled*, not when it is first *seen*. A heap (`heapq`) finds the nearest
# one quickly. It cannot change an entry, but you can push a second one, and skip what has been settled when it comes
# out.


# %%
def shortest_paths(graph: dict[str, dict[str, int]], start: str) -> dict[str, int]:
    """Return the length of the shortest path from `start` to each node that can be reached from it, itself included.

    graph: the edges of each node, {"a": {"b": 3}} for a single one from a to b, one way, of length 3; a node that no
        edge leaves may be missing. No length is negative. The graph stays as it is.
    """
    ...


# %% [markdown]
# ## Which one, and why?
#
# A map service knows every road of a country. A million times a day somebody asks it how long the way from one town to
# another is, and half of these questions are about the same hundred towns. Once a night the roads change. The service
# also shows the names of all towns that begin with the letters typed so far.
#
# Which of the four algorithms would you use for which question, and why? What does it cost, in time and in memory? When
# is the answer wrong, or slow? A person reads your text, no check does: 100 to 200 words are enough. Put them between
# triple quotation marks, in place of the `...`.

# %%
design = ...
