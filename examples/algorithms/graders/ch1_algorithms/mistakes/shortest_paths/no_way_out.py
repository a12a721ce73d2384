"""A node without edges looked up.

`graph[node]` raises a KeyError for a node that no edge leaves: it may be missing in the graph. `graph.get(node, {})`
gives it no edges.
"""

FAILS = ("no_way_out",)


def shortest_paths(graph, start):
    settled, waiting = {}, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node not in settled:
            settled[node] = distance
            for neighbour, length in graph[node].items():
                heapq.heappush(waiting, (distance + length, neighbour))
    return settled
