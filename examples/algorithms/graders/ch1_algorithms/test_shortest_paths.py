import pytest

pytestmark = pytest.mark.exercise("shortest_paths")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.kept("the point of the exercise")
@pytest.mark.points(3)
@pytest.mark.rests_on("Return the length of the shortest path from `start` to each node", "No length is negative")
def test_values(compare, probes, drawn):
    """It gives the length of the shortest path to each node."""
    compare(probes.paths, graph={"a": {"b": 7, "c": 2}, "c": {"b": 3, "d": 8}, "b": {"d": 1}, "d": {"a": 1}})
    compare(probes.paths_drawn, nodes=drawn.integer(25, 35))
    compare(probes.paths, graph={"a": {"b": 0, "c": 1}, "b": {"c": 0}, "c": {}})


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on("each node that can be reached from it, itself included", "one way")
def test_reachable(compare, probes):
    """It gives the nodes that can be reached, the start among them, and no others."""
    compare(probes.paths, graph={"a": {"b": 3}, "b": {}, "c": {"a": 1}})
    compare(probes.paths, graph={"a": {"b": 3}, "b": {}, "c": {"a": 1}}, start="b")
    compare(probes.paths_drawn, edges=30)


@pytest.mark.guessable
@pytest.mark.kept("a clearer message: the smallest graph with such a node")
@pytest.mark.points(1)
@pytest.mark.rests_on("a node that no edge leaves may be missing")
def test_no_way_out(compare, probes):
    """A node that no edge leaves may be missing in the graph."""
    compare(probes.paths, graph={"a": {"b": 3, "c": 1}, "c": {"b": 1}})
    compare(probes.paths, graph={})


@pytest.mark.kept("the contract promises it")
@pytest.mark.points(1)
@pytest.mark.rests_on("The graph stays as it is")
def test_graph_is_kept(compare, probes):
    """The graph stays as it is, also where paths form circles."""
    compare(probes.paths, graph={"a": {"b": 1, "a": 5}, "b": {"c": 1}, "c": {"a": 1, "d": 9}})
    compare(probes.paths_drawn, nodes=12, edges=66)
