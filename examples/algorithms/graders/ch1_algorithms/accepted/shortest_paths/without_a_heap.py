"""Without a heap: the nearest node is looked for among all that wait."""


def shortest_paths(graph, start):
    waiting, settled = {start: 0}, {}
    while waiting:
        node = min(waiting, key=waiting.get)
        settled[node] = waiting.pop(node)
        for neighbour, length in graph.get(node, {}).items():
            if neighbour not in settled:
                waiting[neighbour] = min(settled[node] + length, waiting.get(neighbour, settled[node] + length))
    return settled
