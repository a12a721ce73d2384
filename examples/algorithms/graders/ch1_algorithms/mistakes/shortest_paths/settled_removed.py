"""Graph used up.

Nodes are taken out of the graph as they are settled, so the caller's graph is empty afterwards. Keep a set of your own,
or work on a copy.
"""

FAILS = ("graph_is_kept",)


def shortest_paths(graph, start):
    settled, waiting = {}, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node not in settled:
            settled[node] = distance
            for neighbour, length in graph.pop(node, {}).items():
                heapq.heappush(waiting, (distance + length, neighbour))
    return settled
