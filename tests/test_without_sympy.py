"""`backward` with a gradient needs no sympy, and whatever else needs the module of symbolic shapes finds it."""

import subprocess
import sys

import pytest

START = """
import sys
import torch
from torchdojo.worker.without_sympy import NAME, defer_symbolic_shapes
defer_symbolic_shapes()
x = torch.ones(2, 3, requires_grad=True)
"""
NO_SYMPY = "assert 'sympy' not in sys.modules, 'sympy was imported'"


def run(*lines: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([START, *lines])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_backward_with_a_gradient_imports_no_sympy() -> None:
    run(
        "(2 * x).backward(torch.full((2, 3), 3.0))",
        "assert x.grad.tolist() == [[6.0] * 3] * 2",
        "y = 3 * x",
        "assert torch.autograd.grad(y, x, torch.ones_like(y))[0].tolist() == [[3.0] * 3] * 2",
        NO_SYMPY,
    )


@pytest.mark.parametrize("shape", ["(3, 2)", "(2,)", "()", "(2, 3, 1)", "(1, 3)"])
def test_a_gradient_of_another_shape_is_refused_in_torchs_words(shape: str) -> None:
    run(
        "def refusal():",
        "    try:",
        f"        (2 * x).backward(torch.ones({shape}))",
        "    except RuntimeError as error:",
        "        return str(error)",
        "ours = refusal()",
        NO_SYMPY,
        "del sys.modules[NAME]",
        "import torch.fx.experimental.symbolic_shapes",
        "assert 'Mismatch in shape' in ours and ours == refusal(), ours",
    )


@pytest.mark.parametrize(
    "line",
    [
        "from torch.fx.experimental.symbolic_shapes import ShapeEnv",
        "import torch.fx.experimental.symbolic_shapes; torch.fx.experimental.symbolic_shapes.ShapeEnv",
        "from torch.fx.experimental.symbolic_shapes import sym_eq; assert sym_eq([1, (2, 3)], [1, (2, 3)]) is True",
        "import torch._dynamo",
    ],
)
def test_what_needs_the_module_gets_it(line: str) -> None:
    run(
        line,
        "from torch.fx.experimental.symbolic_shapes import ShapeEnv, expect_true, sym_eq",
        "assert expect_true.__module__ == sym_eq.__module__ == ShapeEnv.__module__ == NAME",
        "(2 * x).backward(torch.ones(2, 3))",
    )


def test_code_that_took_the_light_functions_may_still_use_symbols() -> None:
    run(
        "from torch.fx.experimental.symbolic_shapes import expect_true, sym_eq",
        NO_SYMPY,
        "from torch.fx.experimental.symbolic_shapes import ShapeEnv",
        "from torch._subclasses.fake_tensor import FakeTensorMode",
        "mode = FakeTensorMode(shape_env=ShapeEnv())",
        "size = mode.from_tensor(torch.ones(5, 4)).size(0)",
        "assert expect_true(sym_eq((size, 4), (size, 4))) is True",
    )


def test_going_through_all_modules_imports_nothing() -> None:
    run(
        "import inspect",
        "for module in list(sys.modules.values()):",
        "    inspect.getmodule(module), hasattr(module, '__path__'), repr(module)",
        NO_SYMPY,
    )
