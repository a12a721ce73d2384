"""Bellman and Ford's method: improve all distances until none improves."""


def shortest_paths(graph, start):
    distances, improved = {start: 0}, True
    while improved:
        improved = False
        for node, edges in graph.items():
            for neighbour, length in edges.items():
                if node in distances and distances[node] + length < distances.get(neighbour, float("inf")):
                    distances[neighbour], improved = distances[node] + length, True
    return distances
