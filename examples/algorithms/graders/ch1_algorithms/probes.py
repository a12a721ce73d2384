"""Probes: each calls an answer and returns what came back, without judging it.

ch is the chapter's module, of a learner or of the reference. draw makes inputs that nobody knows in advance.
"""

from collections.abc import Sequence

from torchdojo.probe import Draw, probe, raised


class CountedLooks(Sequence):
    """A sequence that counts how often somebody looks at one of its items."""

    def __init__(self, items: list[int]) -> None:
        self.items, self.looks = items, 0

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index):
        self.looks += 1
        return self.items[index]


@probe("binary_search({items}, {wanted})")
def search(ch, draw: Draw, *, items, wanted):
    return {"index": ch.binary_search(items, wanted)}


@probe("binary_search(items, wanted) for {count} sorted numbers, for one that is there and one that is not")
def search_many(ch, draw: Draw, *, count=1000):
    items = sorted(draw.integer_list(count, 0, count // 2))
    missing = draw.choice(items)
    without = [item for item in items if item != missing]
    present = draw.choice(without)
    return {
        f"index of {present}": ch.binary_search(without, present),
        f"index of {missing}, which is missing": ch.binary_search(without, missing),
    }


@probe("binary_search(items, wanted) for a sequence of {count} sorted numbers that counts how often it is looked at")
def search_counted(ch, draw: Draw, *, count=5000):
    items = CountedLooks(sorted(draw.integer_list(count, 0, 10 * count)))
    index = ch.binary_search(items, draw.choice(items.items))
    return {"index": index, f"at most {2 + count.bit_length() - 1} looks": items.looks <= 2 + count.bit_length() - 1}


def drawn_records(draw: Draw, count: int, keys: int) -> list[tuple[int, str]]:
    """Return records with first entries below `keys`, all of them different where that is possible."""
    firsts = draw.sample(range(keys), count) if keys >= count else draw.integer_list(count, 0, keys)
    return [(first, draw.text(3)) for first in firsts]


@probe("merge_sort(records)")
def sort_given(ch, draw: Draw, *, records):
    return {"result": ch.merge_sort(list(records))}


@probe("merge_sort(records), {count} records with first entries below {keys}")
def sort_drawn(ch, draw: Draw, *, count=30, keys=1000):
    return {"result": ch.merge_sort(drawn_records(draw, count, keys))}


@probe("merge_sort(records), then records itself")
def sort_keeps(ch, draw: Draw, *, count=9):
    records = drawn_records(draw, count, 5)
    result = ch.merge_sort(records)
    result.append((0, "appended to the result"))
    return {"records": records}


def in_words(given) -> str:
    """Return steps as they are written: a key alone is looked up, a key with a value is stored."""
    return ", ".join(
        f"get({step[0]!r})" if len(step) == 1 else f"put({step[0]!r}, {step[1]!r})" for step in given["steps"]
    )


@probe("LRUCache({capacity}): {calls}", calls=in_words)
def cache_steps(ch, draw: Draw, *, capacity, steps):
    cache = ch.LRUCache(capacity)
    results = [cache.get(*step) if len(step) == 1 else cache.put(*step) for step in steps]
    return {"results": results, "len(cache)": len(cache)}


@probe("two caches beside each other, LRUCache(2) and LRUCache(3), with put of the same key on both, then get")
def two_caches(ch, draw: Draw):
    small, large = ch.LRUCache(2), ch.LRUCache(3)
    small.put("key", draw.integer(0, 100))
    large.put("key", draw.integer(100, 200))
    return {"small.get('key')": small.get("key"), "large.get('key')": large.get("key")}


@probe("cache.put('key', {value!r}), then cache.get('key', 'default') and cache.get('other', 'default')")
def cache_default(ch, draw: Draw, *, value):
    cache = ch.LRUCache(3)
    cache.put("key", value)
    return {
        "get('key', 'default')": cache.get("key", "default"),
        "get('other', 'default')": cache.get("other", "default"),
    }


@probe("LRUCache({capacity})")
def cache_refused(ch, draw: Draw, *, capacity):
    return raised(lambda: ch.LRUCache(capacity))


def drawn_graph(draw: Draw, nodes: int, edges: int) -> dict[str, dict[str, int]]:
    """Return a graph with one-way edges of drawn lengths; a node that no edge leaves is missing."""
    graph: dict[str, dict[str, int]] = {}
    for a, b in draw.edges(nodes, edges):
        source, target = draw.shuffled([f"n{a}", f"n{b}"])
        graph.setdefault(source, {})[target] = draw.integer(1, 100)
    return graph


@probe("shortest_paths({graph}, {start!r})")
def paths(ch, draw: Draw, *, graph, start="a"):
    return {"distances": ch.shortest_paths(graph, start), "graph": graph}


@probe("shortest_paths(graph, start), a drawn graph with {nodes} nodes and {edges} edges")
def paths_drawn(ch, draw: Draw, *, nodes=30, edges=150):
    graph = drawn_graph(draw, nodes, edges)
    return {"distances": ch.shortest_paths(graph, draw.choice(sorted(graph))), "graph": graph}
