"""Edges counted instead of lengths.

Every edge adds 1, whatever its length. That is the right thing for a graph without lengths. Here, add the length.
"""

FAILS = ("values",)


def shortest_paths(graph, start):
    distances, waiting = {start: 0}, [start]
    for node in waiting:
        for neighbour in graph.get(node, {}):
            if neighbour not in distances:
                distances[neighbour] = distances[node] + 1
                waiting.append(neighbour)
    return distances
