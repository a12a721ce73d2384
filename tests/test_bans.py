"""Static bans: found under every alias, and nothing else is banned."""

from __future__ import annotations

import time

import pytest

from torchdojo.course import Exercise
from torchdojo.grading.bans import find_violation
from torchdojo.source.files import ParsedSource

HINTS = ["a", "b", "c"]
LINEAR = Exercise(name="Linear", points=1, hints=HINTS, forbids=["torch.nn.Linear", "torch.nn.functional.linear"])
SGD = Exercise(name="SGD", points=1, hints=HINTS, forbids=["torch.optim.*"], allows=["torch.optim.Optimizer"])

FORBIDDEN_LINEAR = [
    "import torch.nn as nn\nclass Linear(nn.Linear): pass",
    "from torch import nn as q\nB = q.Linear\nclass Linear(B): pass",
    "import torch\ndef Linear(a, b): return torch.nn.modules.linear.Linear(a, b)",
    "import torch.nn.functional as F\nlin = F.linear\ndef h(x): return lin(x)\nclass Linear:\n def f(self, x): return h(x)",
    "import torch\nclass Linear:\n def f(self, x): return getattr(torch.nn.functional, 'lin' + 'ear')(x)",
    "import torch\nclass Linear:\n def f(self, x, n): return getattr(torch.nn.functional, n)(x)",
    "import importlib\nclass Linear:\n def f(self, x): return importlib.import_module('torch.nn.functional').linear(x)",
    "class Linear:\n def f(self, x): return __import__('torch.nn.functional').nn.functional.linear(x)",
    "import torch\nclass Linear:\n def f(self, x): return torch._C._nn.linear(x)",
    "from torch.nn import *\nclass Linear(LazyLinear): pass",
    "import sys, torch\nclass Linear:\n def f(self, x): return sys.modules['torch.nn'].Linear(1, 2)(x)",
    "import torch.nn as nn\nclass Linear:\n def f(self, x): return vars(nn)['Linear'](1, 2)(x)",
    "import torch.nn as nn\nclass Linear:\n def f(self, x): return nn.__dict__['Linear'](1, 2)(x)",
    "import torch.nn as nn\nclass Linear:\n def f(self, x): return nn.Linear.forward(self, x)",
    "import torch.nn as nn\nclass Linear:\n def f(self, x): return eval('nn.Linear')",
    "import torch.nn as nn\nclass Linear:\n def f(self, x, g=nn.functional.linear): return g(x)",
    "from torch.nn.functional import linear as g\nclass Linear:\n def __init__(self): self.f = g",
    "class Linear:\n def f(self, x):\n  from torch.nn import functional as q\n  def g(y): return q.linear(y)\n  return g(x)",
    "import torch\nclass Linear:\n def f(self, x):\n  global q\n  q = torch.nn.functional\n  return q.linear(x)",
    "import torch\nclass Linear:\n def f(self, x): return (lambda f=torch.nn.functional.linear: f(x))()",
    "from torch.nn.functional import linear\nclass Linear:\n def a(self): linear = 1\n def f(self, x): return linear(x)",
    "import torch.nn as nn\nclass Linear(nn.Module): pass\nLinear.forward = nn.Linear.forward",
    "import torch.nn as nn\nLinear = nn.Linear",
    "from torch.nn import Linear",
    "from torch import nn\nBASE = [c for c in nn.Module.__subclasses__()][0]\nclass Linear(BASE): pass",
    "from torch import nn\nclass Linear(vars(nn)[''.join(map(chr, [76]))]): pass",
    "from torch import nn\nclass Linear:\n def f(s, name): return nn.__dict__[name]",
    "from torch import nn\nclass Linear:\n def f(s): return [v for k, v in vars(nn).items()]",
    "import torch\nfrom operator import attrgetter\nclass Linear(attrgetter('nn.Linear')(torch)): pass",
    "import operator, torch\nclass Linear:\n def f(s, n): return operator.attrgetter(n)(torch.nn)",
    "import torch\nclass Linear:\n def f(s, a, b): return getattr(getattr(torch, a), b)",
]
ALLOWED_LINEAR = [
    "import torch.nn as nn\nclass Linear(nn.Module):\n def f(self, x): return x @ self.weight.T\ndef check(): nn.Linear(2, 3)",
    "import torch.nn as nn\nclass Linear(nn.Module): pass\nif __name__ == '__main__':\n nn.Linear(1, 2)",
    "from torch import nn\nclass Linear(nn.Module):\n def f(s, x): s.linear = 2; return nn.functional.relu(s.linear)",
    "from torch.nn.functional import linear\nclass Linear:\n def f(self, x):\n  linear = x @ self.w\n  return linear",
    "import torch.nn.functional as F\ndef test(self):\n linear = F.linear\n self.f = F.linear\n"
    "class Linear:\n def f(self, x): return linear(x) + self.f\ndef linear(x): return x",
    "from torch import nn\nclass Linear(nn.Module):\n def f(self, name): return getattr(self, name)",
    "import torch\nfrom torch import nn\nclass Linear(nn.Module):\n def f(self): return vars(self), self.__dict__, "
    "vars(torch)['float32'], dir(self), getattr(torch, 'float64')",
    "from torch import nn\nclass Linear(nn.Module):\n def f(self, x): return nn.functional.bilinear(x, x, self.w)",
]
FORBIDDEN_SGD = [
    "import torch\nclass SGD(torch.optim.SGD): pass",
    "from torch.optim import *\nclass SGD(Adam): pass",
    "from torch.optim.sgd import sgd\nclass SGD:\n def step(s): sgd()",
    "import torch.optim.sgd as s\nclass SGD:\n def step(s_): s._single_tensor_sgd()",
    "import torch\nclass SGD(torch.optim.Optimizer):\n def step(self): getattr(torch.optim, self.n)()",
    "import torch\nclass SGD(torch.optim.Optimizer):\n def __init__(s): s.inner = torch.optim.Adam([])",
    "from torch.optim import SGD",
]
ALLOWED_SGD = [
    "import torch\nclass SGD(torch.optim.Optimizer): pass",
    "from torch.optim import Optimizer\nfrom torch.optim.optimizer import required\nclass SGD(Optimizer):\n"
    " def __init__(s, lr=required): getattr(s, lr)",
    "from torch.optim.optimizer import Optimizer, ParamsT\nimport torch.optim.lr_scheduler as l\nclass SGD(Optimizer):\n x = l.StepLR",
    "import torch.optim as optim\nclass SGD(optim.Optimizer): pass\nif __name__ == '__main__':\n optim.SGD([], lr=1)",
]


@pytest.mark.parametrize("source", FORBIDDEN_LINEAR)
def test_linear_is_found(source: str) -> None:
    found = find_violation(ParsedSource(source.encode()), LINEAR)
    assert found is not None
    assert found.line > 0


@pytest.mark.parametrize("source", ALLOWED_LINEAR)
def test_nothing_else_is_banned_from_linear(source: str) -> None:
    assert find_violation(ParsedSource(source.encode()), LINEAR) is None


@pytest.mark.parametrize("source", FORBIDDEN_SGD)
def test_optimizers_are_found(source: str) -> None:
    assert find_violation(ParsedSource(source.encode()), SGD) is not None


@pytest.mark.parametrize("source", ALLOWED_SGD)
def test_the_base_class_is_allowed(source: str) -> None:
    assert find_violation(ParsedSource(source.encode()), SGD) is None


HAND_WRITTEN = """
import torch
from torch import nn

class Linear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(outputs, inputs)), nn.Parameter(torch.ones(outputs))

    def forward(self, x):
        return x @ self.weight.T + self.bias

"""
SELF_CHECKS = (
    """
mine, theirs = Linear(4, 3), nn.Linear(4, 3)
theirs.load_state_dict(mine.state_dict())
x = torch.randn(2, 4)
assert torch.allclose(mine(x), theirs(x))
print((mine(x) - theirs(x)).abs().max())
""",
    """
def check_linear(features: int = 4) -> None:
    mine, theirs = Linear(features, 3), nn.Linear(features, 3)
    theirs.weight = mine.weight
    for a, b in zip(mine.parameters(), theirs.parameters()):
        b.data = a.data.clone()
    if not isinstance(theirs, nn.Linear):
        raise TypeError("no nn.Linear")
    torch.testing.assert_close(mine(torch.ones(2, features)), theirs(torch.ones(2, features)))

check_linear()
""",
    """
for size in (3, 4):
    print(size, nn.Linear(size, 2)(torch.ones(1, size)).shape, Linear(size, 2)(torch.ones(1, size)).shape)
""",
    """
try:
    reference = nn.functional.linear(torch.ones(2, 4), Linear(4, 3).weight)
except RuntimeError as error:
    print(error)
else:
    print(reference.shape)
""",
)


@pytest.mark.parametrize("check", SELF_CHECKS)
def test_a_self_check_at_module_level_may_use_what_is_banned(check: str) -> None:
    assert find_violation(ParsedSource((HAND_WRITTEN + check).encode()), LINEAR) is None


INSTALLATIONS = (
    "Linear.forward = lambda self, x: nn.functional.linear(x, self.weight, self.bias)",
    "setattr(Linear, 'forward', lambda self, x: nn.functional.linear(x, self.weight, self.bias))",
    "for name in ('forward',):\n    setattr(Linear, name, lambda self, x: nn.functional.linear(x, self.weight))",
    "def patch(c):\n    c.forward = lambda self, x: nn.functional.linear(x, self.weight)\npatch(Linear)",
    "L = Linear\nL.forward = lambda self, x: nn.functional.linear(x, self.weight)",
    "one = Linear(1, 1)\ntype(one).forward = lambda self, x: nn.functional.linear(x, self.weight)",
    "one = Linear(1, 1)\none.__class__.forward = lambda self, x: nn.functional.linear(x, self.weight)",
    "nn.Module.__call__ = lambda self, x: nn.functional.linear(x, self.weight)",
    "hook = lambda m, i, o: nn.functional.linear(i[0], m.weight)\nnn.modules.module.register_module_forward_hook(hook)",
    "[c for c in [Linear]][0].forward = lambda self, x: nn.functional.linear(x, self.weight)",
    "class H:\n    def go(self):\n        Linear.forward = nn.functional.linear\nH().go()",
)


@pytest.mark.parametrize("installed", INSTALLATIONS)
def test_what_installs_a_banned_call_is_found(installed: str) -> None:
    assert find_violation(ParsedSource((HAND_WRITTEN + installed).encode()), LINEAR) is not None


def test_a_text_of_many_statements_is_read_in_time() -> None:
    """Each reads what all of them bind, so that following each from the start takes hours."""
    many = "import torch\nclass Linear: pass\n" + "x = x\n" * 10_000
    started = time.process_time()
    assert find_violation(ParsedSource(many.encode()), LINEAR) is None
    assert time.process_time() - started < 60


def test_what_is_nested_too_deep_to_be_read_is_forbidden() -> None:
    deep = f"import torch\nclass Linear:\n x = torch{'.nn' * 900}"
    assert find_violation(ParsedSource(deep.encode()), LINEAR) is not None
