"""No memory of where it has been.

A path that comes back to a node is followed again, and again, without an end. Remember which nodes are settled, and
skip them.
"""

FAILS = ("values", "graph_is_kept")


def shortest_paths(graph, start):
    distances = {}

    def visit(node, distance):
        distances[node] = min(distance, distances.get(node, distance))
        for neighbour, length in graph.get(node, {}).items():
            visit(neighbour, distance + length)

    visit(start, 0)
    return distances
