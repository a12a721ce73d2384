import pytest

from torchdojo.grading import expect
from torchdojo.probe import Draw

pytestmark = pytest.mark.exercise("survival_probabilities")


def draw_final(drawn: Draw) -> float:
    """Return a survival probability that is neither 0 nor ½ nor 1."""
    return round(drawn.number(0.1, 0.45) + 0.5 * drawn.integer(0, 2), 3)


def expect_line(got: list, depth: int, final: float) -> None:
    """Fail the check unless the numbers are on the line of the contract, to 1e-6."""
    wanted = [1 - (layer / depth) * (1 - final) for layer in range(1, depth + 1)]
    expected = f"{depth} numbers: {show(wanted)}"
    expect(len(got) == depth, expected=expected, got=f"{len(got)} numbers: {show(got)}")
    close = all(isinstance(a, float) and abs(a - b) <= 1e-6 + 1e-12 for a, b in zip(got, wanted, strict=True))
    expect(close, expected=expected, got=show(got))


def show(numbers: list) -> str:
    """Return the numbers as text, shortened."""
    shown = [f"{n:.6g}" if isinstance(n, float) else str(n)[:40] for n in numbers]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:4], "…", shown[-1]])


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(2.25)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Print it for depth 4 and final 0.5, and compare the first and the last number with the formula.")
@pytest.mark.rests_on(
    "falling on a straight line",
    "1 − (l / depth)(1 − final) for l = 1 … depth, each right to 1e-6",
    "final: survival probability of the last layer, in [0, 1]",
)
def test_straight_line(observe, probes, drawn):
    """The probabilities fall in equal steps, and the last one is final, which may be 0 or 1."""
    depths = (drawn.integer(low, high) for low, high in ((2, 6), (6, 20), (20, 50), (50, 150)))
    for depth, final in (*((depth, draw_final(drawn)) for depth in depths), (4, 0.0), (3, 1.0)):
        expect_line(
            observe(probes.probabilities, depth=depth, final=final, matches=2e-6)["probabilities"], depth, final
        )


@pytest.mark.points(0.75)
@pytest.mark.rests_on("final: float = 0.5")
def test_final_is_one_half_by_default(observe, probes, drawn):
    """final defaults to 0.5."""
    for depth in (drawn.integer(2, 20), drawn.integer(20, 150)):
        expect_line(observe(probes.probabilities_by_default, depth=depth, matches=2e-6)["probabilities"], depth, 0.5)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("depth: number of layers, at least 1")
def test_one_layer(observe, probes, drawn):
    """A single layer is the last one: it has probability final."""
    for final in (0.5, draw_final(drawn)):
        expect_line(observe(probes.probabilities, depth=1, final=final, matches=2e-6)["probabilities"], 1, final)


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.points(0.75)
@pytest.mark.hint("Print `type(…)` of the result, and of its first element.")
@pytest.mark.rests_on("list of `depth` Python floats")
def test_list_of_floats(compare, probes, drawn):
    """The result is a list of Python floats, even where they are 0 or 1."""
    for final in (draw_final(drawn), 1.0, 0.0):
        compare(probes.probabilities_type, depth=drawn.integer(2, 150), final=final, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("returns a new list", "Nothing is shared")
def test_new_list_on_each_call(observe, probes, drawn):
    """Each call returns a list of its own, whatever was called before."""
    first, others = (drawn.integer(2, 9), draw_final(drawn)), (draw_final(drawn), draw_final(drawn))
    calls = [first, (first[0], others[0]), (first[0] + drawn.integer(1, 9), others[1]), first]
    got = observe(probes.probabilities_again, first=first, others=tuple(calls[1:3]), matches=2e-6).values()
    for numbers, (depth, final) in zip(got, calls, strict=True):
        expect_line(numbers, depth, final)
