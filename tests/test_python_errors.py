"""The exceptions that beginners meet: each gets a sentence that says what it means, where, and what to do."""

from __future__ import annotations

import ast
import time
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Tiny
from tests.results import make_check, make_result
from torchdojo.course.stub import make_stub
from torchdojo.explain.code import Code
from torchdojo.explain.definitions import explain_undefined
from torchdojo.explain.exceptions import RULES, explain
from torchdojo.explain.kinds import KindDifference
from torchdojo.explain.loops import explain_endless
from torchdojo.explain.remedies import Place, find_remedy
from torchdojo.explain.rules import Raised
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, Result
from torchdojo.nbgrader.feedback import use_notebook_locations
from torchdojo.notebooks.extraction import extract_from_cells
from torchdojo.source.files import ParsedSource
from torchdojo.worker.form import Form

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"  # so a slip's first line is line 4
MODULE = "class Net(nn.Module):\n    def __init__(self):\n"


def run(text: str, call: str, space: dict[str, Any]) -> None:
    """Run a text as a submission is, and a call as a probe makes it."""
    exec(compile(text, "slip.py", "exec"), space)
    exec(compile(call, "probe.py", "exec"), space)


def meaning(slip: str, call: str = "f()", stub: str = "") -> str:
    """Run a slip, and return what is said of the exception."""
    text = HEAD + slip
    space: dict[str, Any] = {"__name__": "slip"}
    known = {node.name: node for node in ParsedSource(stub.encode() or b"pass").definitions.values()}
    with pytest.raises(BaseException) as caught:
        run(text, call, space)
    lines = [frame.lineno for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == "slip.py"]
    code = Code(ParsedSource(text.encode(), "slip.py"), known)
    name = type(caught.value).__name__
    return explain(Raised(name, str(caught.value), lines[-1] if lines else None, code, "f"))


SLIPS: dict[str, tuple[str, str, str]] = {
    "no self.": (
        MODULE
        + "        super().__init__()\n        self.weight = 2\n    def forward(self, x):\n        return weight * x",
        "Net()(1)",
        "In line 9, `weight` has no `self.` before it: inside a method it is `self.weight`.",
    ),
    "method without self": (
        "class Net(nn.Module):\n    def forward(x):\n        return x",
        "Net()(1)",
        "The method `forward` in line 5 has no `self`. Python passes the object as the first argument: "
        "`def forward(self, x)`.",
    ),
    "self not in the parameters": (
        "class Net:\n    def f(x):\n        return self",
        "Net.f(1)",
        "The method `f` in line 5 has no `self`: it is a method's first parameter.",
    ),
    "no super": (
        MODULE + "        self.layer = nn.ReLU()",
        "Net()",
        "`__init__` of `Net` (line 5) does not call `super().__init__(…)`: do that first.",
    ),
    "super too late": (
        MODULE + "        self.layer = nn.ReLU()\n        super().__init__()",
        "Net()",
        "`__init__` of `Net` calls `super().__init__(…)` in line 7: it must come before all that it sets.",
    ),
    "optimizer without super": (
        "class SGD(torch.optim.Optimizer):\n    def __init__(self, params, lr):\n        self.lr = lr\n"
        "    def step(self):\n        for group in self.param_groups:\n            pass",
        "SGD([], 1).step()",
        "`__init__` of `SGD` (line 5) does not call `super().__init__(…)`: do that first.",
    ),
    "attribute misspelt": (
        MODULE
        + "        super().__init__()\n        self.weight = 2\n    def forward(self, x):\n        return self.wieght",
        "Net()(1)",
        "`Net` has no `wieght`. Did you mean `weight` (line 7)?",
    ),
    "attribute as a local": (
        MODULE
        + "        super().__init__()\n        weight = 2\n    def forward(self, x):\n        return self.weight",
        "Net()(1)",
        "In line 7, `weight` is a name of the method `__init__` only: write `self.weight = …`.",
    ),
    "attribute set nowhere": (
        "class A:\n    def f(self):\n        return self.memory",
        "A().f()",
        "No line of `A` sets `self.memory`: set it in `__init__`.",
    ),
    "attribute set elsewhere": (
        "class A:\n    def fit(self):\n        self.memory = 1\n    def f(self):\n        return self.memory",
        "A().f()",
        "`self.memory` is set in `fit` (line 6), which has not run yet. Set it in `__init__`.",
    ),
    "_init_": (
        "class A:\n    def _init_(self, x):\n        self.x = x",
        "A(1)",
        "Python never calls `_init_` (line 5). What it calls is `__init__`, with two underscores on each side.",
    ),
    "__int__": (
        "class A(nn.Module):\n    def __int__(self, x):\n        super().__init__()\n        self.x = x\n"
        "    def forward(self):\n        return self.x",
        "A()()",
        "Python never calls `__int__` (line 5). What it calls is `__init__`, with two underscores on each side.",
    ),
    "foward": (
        "class Net(nn.Module):\n    def foward(self, x):\n        return x",
        "Net()(1)",
        "`Net` has no `forward`. `foward` in line 5 is close: rename it to `forward`.",
    ),
    "forward inside __init__": (
        MODULE + "        super().__init__()\n        def forward(self, x):\n            return x",
        "Net()(1)",
        "`forward` (line 7) is indented into `__init__`, so it is not a method of `Net`: move it as far left as "
        "`def __init__`.",
    ),
    "name misspelt": (
        "def f(weight=1):\n    return wieght + 1",
        "f()",
        "Nothing is called `wieght` in line 5. Did you mean `weight`?",
    ),
    "np": (
        "def f():\n    return np.exp(1)",
        "f()",
        "`np` is not imported: put `import numpy as np` at the top of the file.",
    ),
    "math": (
        "def f():\n    return math.pi",
        "f()",
        "`math` is not imported: put `import math` at the top of the file.",
    ),
    "true": ("def f():\n    return true", "f()", "Python writes it `True`."),
    "Linear": (
        "def f():\n    return Linear(2, 3)",
        "f()",
        "`Linear` alone is not defined. torch has `nn.Linear`.",
    ),
    "name of another function": (
        "def g():\n    total = 1\n\ndef f():\n    return total",
        "f()",
        "`total` belongs to `g` (line 4). A function sees its own names, its parameters and those of the file: pass it "
        "as an argument.",
    ),
    "total += 1": (
        "def f():\n    for i in range(3):\n        total += i",
        "f()",
        "In line 6, `total` is changed before it has a value. Set it before, as in `total = 0`.",
    ),
    "unset local": (
        "def f(x=[]):\n    for i in x:\n        last = i\n    return last",
        "f()",
        "`last` has no value yet in line 7: line 6 sets it, and that has not run.",
    ),
    "keyword misspelt": (
        "def g(learning_rate):\n    pass\ndef f():\n    g(lr=1)",
        "f()",
        "`g` (line 4) has no parameter `lr`. It has `learning_rate`.",
    ),
    "keyword of torch misspelt": (
        "def f():\n    nn.Conv2d(1, 1, kernel=3)",
        "f()",
        "`Conv2d` has no parameter `kernel`. Did you mean `kernel_size`?",
    ),
    "an argument is missing": (
        "def g(x, y):\n    pass\ndef f():\n    g(1)",
        "f()",
        "`g` (line 4) needs a value for `y`, and line 7 passes none.",
    ),
    "called on the class": (
        "class Net(nn.Module):\n    def forward(self, x):\n        return x\ndef f():\n    Net.forward(1)",
        "f()",
        "`forward` is called on the class `Net` in line 8: `Net(…)` creates an object first.",
    ),
    "given twice": (
        "def g(x):\n    pass\ndef f():\n    g(1, x=2)",
        "f()",
        "`x` is given twice to `g` in line 7: once by its place, once by its name.",
    ),
    "leaf changed": (
        "def f():\n    p = torch.ones(2, requires_grad=True)\n    p -= 1",
        "f()",
        "The parameter in line 6 is changed in place while autograd records. An update is not part of the computation: "
        "put it under `with torch.no_grad():`.",
    ),
    "no grad_fn": (
        "def f():\n    p = torch.ones(2, requires_grad=True)\n    loss = p.sum().item()\n    "
        "torch.tensor(1.0).backward()",
        "f()",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. Look at line "
        "6: `.item()` gives a plain number.",
    ),
    "nothing requires grad": (
        "def f():\n    torch.ones(2).sum().backward()",
        "f()",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. Parameters "
        "need `requires_grad=True`, or to be an `nn.Parameter`.",
    ),
    "backward twice": (
        "def f():\n    p = torch.ones(2, requires_grad=True)\n    y = (p * p).sum()\n    y.backward()\n    "
        "y.backward()",
        "f()",
        "`backward()` frees what it needed, so it works once for each computation. Compute the loss again before each "
        "`backward()`, and `.detach()` what is kept from an earlier step.",
    ),
    "backward of many": (
        "def f():\n    torch.ones(2, requires_grad=True).exp().backward()",
        "f()",
        "`backward()` in line 5 starts from a single number: reduce the loss first, with `.mean()`, or with `.sum()` "
        "if a sum is asked for.",
    ),
    "modified in place": (
        "def f():\n    x = torch.ones(2, requires_grad=True).exp()\n    y = x.exp()\n    y += 1\n    "
        "y.sum().backward()",
        "f()",
        "A tensor was changed in place (`+=`, `x[…] = …`, or a method that ends in `_`), and `backward()` still needs "
        "its old values: make a new tensor, as in `x = x + y`. Look at line 7.",
    ),
    "numpy": (
        "def f():\n    torch.ones(2, requires_grad=True).numpy()",
        "f()",
        "numpy computes no gradients, and the tensor in line 5 needs some: use torch's own function instead.",
    ),
    "matmul": (
        "def f():\n    return torch.ones(2, 3) @ torch.ones(4, 3)",
        "f()",
        "In line 5, the matrix on the left of `@` has 3 columns, the one on the right 4 rows. They must be equal: the "
        "right one fits if it is turned, with `.T`.",
    ),
    "linear": (
        "def f():\n    return nn.Linear(5, 2)(torch.ones(3, 4))",
        "f()",
        "In line 5, the first matrix has 4 columns (the features that come in), the second 5 rows (the features "
        "expected, `in_features` of a linear layer). They must be equal.",
    ),
    "broadcasting": (
        "def f():\n    return torch.ones(2, 3) + torch.ones(2)",
        "f()",
        "Two tensors in line 5 have incompatible shapes: in dimension 1 the first has size 3, the second 2. Counted "
        "from the last dimension, sizes must be equal, or one of them 1. Print both shapes.",
    ),
    "ambiguous": (
        "def f():\n    if torch.ones(2) > 0:\n        pass",
        "f()",
        "A whole tensor is used as one condition in line 5. `torch.where` chooses for each entry; `.any()` and "
        "`.all()` "
        "give one answer.",
    ),
    "labels are floats": (
        "def f():\n    F.cross_entropy(torch.ones(2, 3), torch.ones(2))",
        "f()",
        "In line 5 torch needs integers, such as class labels (`.long()`), and gets float32.",
    ),
    "two dtypes": (
        "def f():\n    return torch.ones(2, 2) @ torch.ones(2, 2).double()",
        "f()",
        "Two tensors in line 5 have different dtypes, float32 and float64. `.double()` in line 5 makes one of them "
        "float64: leave it out, or convert both.",
    ),
    "mean of integers": (
        "def f():\n    torch.tensor([1, 2]).mean()",
        "f()",
        "Line 5 takes the mean of a tensor of int64, and `mean` needs floats: convert first, with `.to(…)` and the "
        "dtype that the result should have.",
    ),
    "tensor index": (
        "def f():\n    torch.ones(3)[5]",
        "f()",
        "In line 5, dimension 0 has the indices 0 to 2, and 5 is not one of them.",
    ),
    "list index": (
        "def f():\n    [1][1]",
        "f()",
        "An index in line 5 is beyond the end. The first entry is number 0, so the last is `len(…) - 1`.",
    ),
    "dimension": (
        "def f():\n    torch.ones(3).sum(dim=1)",
        "f()",
        "The tensor in line 5 has only dimension 0, and dimension 1 is asked for. Print its shape.",
    ),
    "p.grad is None": (
        "def f():\n    p = torch.ones(2)\n    p.grad.zero_()",
        "f()",
        "`p.grad` is None until `backward()` has run, and for a tensor that the loss did not use.",
    ),
    "no return": (
        "def g(x):\n    x * 2\ndef f():\n    y = g(1)\n    return y + 1",
        "f()",
        "`g` (line 4) has no `return` with a value, so it gives None, and `y` gets that.",
    ),
    "append returns None": (
        "def f():\n    xs = [].append(1)\n    for x in xs:\n        pass",
        "f()",
        "`.append(…)` returns None: all that it does is done in place, and `xs` gets that.",
    ),
    "x.shape()": (
        "def f():\n    torch.ones(2).shape()",
        "f()",
        "`.shape` is not a method: write it without parentheses, or with an index, as in `x.shape[0]`.",
    ),
    "tensor called": (
        "def f():\n    x = torch.ones(2)\n    return 2 * x(1)",
        "f()",
        "Parentheses follow a tensor in line 6, as if it were a function. An index takes `[…]`, a product needs `*`.",
    ),
    "sum = 0": (
        "def f():\n    sum = 0\n    return sum([1])",
        "f()",
        "In line 5, `sum` becomes a name of yours, which hides Python's own `sum`: choose another name.",
    ),
    "not a Module": (
        "class Net:\n    def forward(self, x):\n        return x",
        "Net()(1)",
        "`Net` (line 4) does not derive from `nn.Module`, which makes its objects callable.",
    ),
    "module has no attribute": (
        "def f():\n    return torch.sigmod(1)",
        "f()",
        "`torch` has no `sigmod`. Did you mean `sigmoid`?",
    ),
    "elsewhere in torch": (
        "def f():\n    return torch.Linear(2, 3)",
        "f()",
        "`torch` has no `Linear`: it is `nn.Linear`.",
    ),
    "parameters without ()": (
        "def f():\n    for p in nn.Linear(1, 1).parameters:\n        pass",
        "f()",
        "A function in line 5 was not called: it needs `()`, as in `model.parameters()`.",
    ),
    "loop over an int": (
        "def f(n=3):\n    for i in n:\n        pass",
        "f()",
        "In line 5, an int is used as if it held several values. To count up to n, loop over `range(n)`.",
    ),
    "division": ("def f(n=0):\n    return 1 / n", "f()", "Line 5 divides by `n`, which is 0."),
    "forward calls self": (
        "class Net(nn.Module):\n    def forward(self, x):\n        return self(x)",
        "Net()(1)",
        "`forward` calls itself in line 6, again and again: `self(…)` runs `forward`.",
    ),
    "property": (
        "class A:\n    @property\n    def x(self):\n        return self.x",
        "A().x",
        "`x` calls itself in line 7, again and again: `self.x` is the property itself. Keep the value under another "
        "name, "
        "as in `self._x`.",
    ),
    "exit": (
        "import sys\ndef f():\n    sys.exit(0)",
        "f()",
        "`sys.exit(0)` in line 6 ends the whole program. A function ends with `return`.",
    ),
    "assert": (
        "def f(x=1):\n    assert x == 2",
        "f()",
        "The `assert` in line 5 is your own: what it claims is false for this call.",
    ),
    "next": (
        "def f():\n    return next(iter([]))",
        "f()",
        "`next(…)` in line 5 finds nothing left. Loop with `for`, or make a new iterator for each pass.",
    ),
    "key": (
        "def f(group={}):\n    return group['lr']",
        "f()",
        "`group['lr']` in line 5 asks a dictionary for a key that it does not have. It has to be set first.",
    ),
    "import misspelt": (
        "import torchvison",
        "f()",
        "There is no module `torchvison`. Did you mean `torchvision`?",
    ),
    "import of a name": (
        "from torch.nn import Liner",
        "f()",
        "`torch.nn` has no `Liner`. Did you mean `Linear`?",
    ),
    "empty parameters": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layers = "
        "[nn.Linear(1, 1)]\n"
        "def f():\n    torch.optim.SGD(Net().parameters(), lr=1)",
        "f()",
        "The optimizer was given no parameters. A module has those that are set on `self`, as an `nn.Parameter` or "
        "inside another module. It does not look into a Python list: use `nn.ModuleList` or `nn.ParameterList`. A "
        "generator can be read only once.",
    ),
    "layer for its output": (
        "def f():\n    return torch.exp(nn.ReLU(torch.ones(2)))",
        "f()",
        "A `ReLU` in line 5 is a layer, not its output. Create it, then call it: `nn.ReLU(…)(x)`.",
    ),
    "parameter overwritten": (
        MODULE
        + "        super().__init__()\n        self.w = nn.Parameter(torch.ones(1))\n        self.w = torch.zeros(1)",
        "Net()",
        "`self.w` is an `nn.Parameter`, and line 8 puts a plain tensor in its place. To change its values: "
        "`with torch.no_grad(): self.w.copy_(…)`.",
    ),
    "view": (
        "def f():\n    torch.ones(10).view(2, 3)",
        "f()",
        "The tensor in line 5 holds 10 numbers, and the new shape 6. One size may be -1: torch computes it.",
    ),
    "channels": (
        "def f():\n    nn.Conv2d(1, 2, 3)(torch.ones(1, 3, 8, 8))",
        "f()",
        "The convolution has `in_channels` 1, and its input has 3 channels (dimension 1).",
    ),
    "label below 0": (
        "def f():\n    F.cross_entropy(torch.ones(1, 3), torch.tensor([-1]))",
        "f()",
        "The label -1 is below 0: labels go from 0 to the number of classes - 1.",
    ),
    "object in place of a tensor": (
        "class Box:\n    pass\ndef f():\n    torch.relu(Box())",
        "f()",
        "`relu` of torch takes a tensor, and gets a Box in line 7.",
    ),
    "own layer in place of a tensor": (
        "class Net(nn.Module):\n    def forward(self, x):\n        return x\ndef f():\n    torch.relu(Net())",
        "f()",
        "A `Net` in line 8 is a layer, not its output. Create it, then call it: `Net(…)(x)`.",
    ),
    "property that calls itself": (
        "class A:\n    @property\n    def x(self):\n        return self.x",
        "A().x",
        "`x` calls itself in line 7, again and again: `self.x` is the property itself. Keep the value under another "
        "name, as in `self._x`.",
    ),
    "keyword of torch misspelt in a class": (
        "class A:\n    def __init__(self, d):\n        self.conv = nn.Conv2d(1, 1, kernel=d)",
        "A(1)",
        "`Conv2d` has no parameter `kernel`. Did you mean `kernel_size`?",
    ),
    "class in Sequential": (
        "def f():\n    nn.Sequential(nn.ReLU)",
        "f()",
        "What line 5 joins must be layers: `nn.ReLU()` is one, with parentheses; its class is none, nor is a function.",
    ),
    "no_grad after the closure is called": (
        "def f(closure):\n    loss = closure()\n    with torch.no_grad():\n        pass",
        "f(lambda: torch.ones(2).sum().backward())",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. Gradients may be "
        "switched off where `f` is called: call `closure` in line 5 inside `with torch.enable_grad():`.",
    ),
    "closure under no_grad": (
        "@torch.no_grad()\ndef f(closure):\n    return closure()",
        "f(lambda: torch.ones(2).sum().backward())",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. "
        "`@torch.no_grad()` switches gradients off: call `closure` in line 6 inside `with torch.enable_grad():`.",
    ),
    "update after backward in a loop": (
        "def f():\n    p = torch.ones(2, requires_grad=True)\n    for i in range(2):\n        (p * p).sum().backward()\n"
        "        with torch.no_grad():\n            p = p - 1",
        "f()",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. Look at line 8: "
        "`torch.no_grad()` switches gradients off.",
    ),
    "gradients off in evaluation": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(2, 2)\n"
        "    def forward(self, x):\n        with torch.set_grad_enabled(self.training):\n            return self.a(x)\n"
        "def f():\n    Net().eval()(torch.ones(1, 2)).sum().backward()",
        "f()",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad. Look at line 9: "
        "`torch.set_grad_enabled(self.training)` switches gradients off where its argument is False.",
    ),
    "parameters are not the reason": (
        "def f():\n    nn.Linear(2, 2).requires_grad_(False)(torch.ones(2)).sum().backward()",
        "f()",
        "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad.",
    ),
    "torch.mm of more dimensions": (
        "def f():\n    torch.mm(torch.ones(1, 2, 3), torch.ones(3, 2))",
        "f()",
        "A tensor in line 5 has another number of dimensions: `torch.mm` takes two matrices, `torch.bmm` two batches of "
        "them. `@` also takes more dimensions, and fewer.",
    ),
    "layer in float64": (
        "def f():\n    nn.Conv2d(1, 1, 1, dtype=torch.float64)(torch.ones(1, 1, 2, 2))",
        "f()",
        "The parameters of a layer in line 5 are float64, and its input is float32. `torch.float64` in line 5 makes one "
        "of them float64: leave it out, or convert both.",
    ),
    "layers in a list": (
        MODULE + "        super().__init__()\n        layers = []\n        layers.append(nn.Conv2d(1, 1, 1))\n"
        "        self.layers = layers\n    def forward(self, x):\n        return self.layers[0](x)",
        "x = torch.ones(1, 1, 2, 2).double()\nNet().double()(x)",
        "The parameters of a layer in line 11 are float32, and its input is float64. `self.layers` (line 9) is not "
        "registered with the module, so the module's `.double()` and `.to(…)` leave it as it is: make it an "
        "`nn.ModuleList`.",
    ),
    "tensor in place of a parameter": (
        MODULE + "        super().__init__()\n        self.w = torch.rand(2, 2).requires_grad_()\n"
        "    def forward(self, x):\n        return x @ self.w.T",
        "x = torch.ones(1, 2).double()\nNet().double()(x)",
        "Two tensors in line 9 have different dtypes, float64 and float32. `self.w` (line 7) is not registered with the "
        "module, so the module's `.double()` and `.to(…)` leave it as it is: make it an `nn.Parameter`.",
    ),
    "batch norm for other channels": (
        "def f():\n    nn.BatchNorm2d(1)(torch.ones(2, 3, 4, 4))",
        "f()",
        "A batch norm in line 5 was created for 1 channel, and its input has 3: after a layer comes a batch norm for that "
        "layer's output channels.",
    ),
    "cat of other sizes": (
        "def f(a=torch.ones(1, 2, 6), b=torch.ones(1, 3, 4)):\n    torch.cat([a, b], dim=1)",
        "f()",
        "`torch.cat` in line 5 joins along dimension 1: in every other dimension sizes must be equal. In one of these "
        "`a` has size 6, and `b` has 4.",
    ),
    "cat of a list of other sizes": (
        "def f(xs=(torch.ones(1, 6), torch.ones(1, 4))):\n    torch.cat(xs)",
        "f()",
        "`torch.cat` in line 5 joins along dimension 0: in every other dimension sizes must be equal. In one of these the "
        "1st tensor has size 6, and the 2nd has 4.",
    ),
    "stack of other shapes": (
        "def f():\n    torch.stack([torch.ones(2), torch.ones(2), torch.ones(3)])",
        "f()",
        "`torch.stack` in line 5 needs tensors of the same shape: in its list, number 1 has shape [2], number 3 [3]. "
        "`torch.cat` joins along a dimension that they have.",
    ),
    "channels divided with a slash": (
        "def f(n=4):\n    nn.Conv2d(n, n / 2, 1)",
        "f()",
        "A size in line 5, such as a number of channels or features, is a float: sizes are ints. `//` divides two ints "
        "and gives an int, `/` gives a float.",
    ),
    "string for a size": (
        "def f(config=(4, 'M')):\n    nn.Linear(config[-1], 3)",
        "f()",
        "A size in line 5, such as a number of channels or features, is a str: sizes are ints. Print what is passed "
        "there.",
    ),
    "images smaller than the kernel": (
        "def f():\n    nn.Conv2d(1, 1, 3)(torch.ones(1, 1, 1, 1))",
        "f()",
        "In line 5 a convolution with a kernel of 3×3 gets images of 1×1, padding included. Earlier layers made them too "
        "small: look at their padding, stride and pooling.",
    ),
    "images smaller than the window": (
        "def f():\n    F.avg_pool2d(torch.ones(1, 1, 2, 2), 8)",
        "f()",
        "The pooling in line 5 gets images of 2×2, smaller than its window. A global pooling takes images of any size: "
        "`.mean(dim=(2, 3))`, `.amax(dim=(2, 3))`.",
    ),
    "one_hot with too few classes": (
        "def f():\n    F.one_hot(torch.tensor([5]), 3)",
        "f()",
        "A label in line 5 is not below the `num_classes` of `one_hot`: labels go from 0 to `num_classes - 1`.",
    ),
    "one sample in training": (
        "def f():\n    nn.BatchNorm1d(3)(torch.ones(1, 3))",
        "f()",
        "A batch norm reached from line 5 computes the statistics of its batch, and a single sample is not enough for "
        "that. It does so in training mode, and without running averages. `.eval()` of a module switches it and all that "
        "is in it to evaluation mode.",
    ),
    "train calls eval": (
        "class Net(nn.Module):\n    def train(self, mode=True):\n        return self.eval()",
        "Net().train()",
        "`train` calls itself in line 6, again and again: `self.eval()` is `self.train(False)`. `super().train(False)` is "
        "that of `nn.Module`.",
    ),
    "generator read twice": (
        "class Both(nn.Module):\n    def __init__(self, members):\n        super().__init__()\n        n = len(list(members))\n"
        "        self.members = nn.ModuleList(members)\n    def forward(self, x):\n"
        "        return torch.stack([member(x) for member in self.members])",
        "Both(nn.Identity() for _ in range(2))(1)",
        "The list in line 10 is empty. `members` is read in line 7, and again in line 8, but a generator can be read only "
        "once. Begin with `members = list(members)`.",
    ),
    "params read twice": (
        "class A(torch.optim.Optimizer):\n    def __init__(self, params):\n        if any(p is None for p in params):\n"
        "            pass\n        super().__init__(params, {})",
        "A(p for p in [torch.ones(1)])",
        "The optimizer was given no parameters. `params` is read in line 6, and again in line 8, but a generator can be "
        "read only once. Begin with `params = list(params)`.",
    ),
    "groups taken for parameters": (
        "class A(torch.optim.Optimizer):\n    def __init__(self, params):\n        self.params = list(params)\n"
        "    def step(self):\n        for p in self.params:\n            p.grad",
        "A([{'params': []}]).step()",
        "`params` may hold dicts, which are parameter groups. `super().__init__(params, …)` makes `self.param_groups` of "
        "it: call that in `__init__`, and loop over those groups.",
    ),
    "a group taken for a parameter": (
        "class A(torch.optim.Optimizer):\n    def __init__(self, params):\n        super().__init__(params, {})\n"
        "    def step(self):\n        for p in self.param_groups:\n            p.grad",
        "A([torch.ones(1)]).step()",
        'Each entry of `self.param_groups` is a dict: the parameters of `group` are in `group["params"]`.',
    ),
    "one buffer for all": (
        "class A(torch.optim.Optimizer):\n    def __init__(self):\n        self.buffer = torch.ones(3)\n"
        "    def step(self, p):\n        self.buffer = self.buffer + p",
        "A().step(torch.ones(2))",
        "Two tensors in line 8 have incompatible shapes: in dimension 0 the first has size 3, the second 2. `self.buffer` "
        "is one for all parameters: keep one for each, in `self.state[p]`.",
    ),
    "a gradient is missing": (
        "def f(params):\n    for p in params:\n        d = p.grad\n        p -= 0.1 * d",
        "f([torch.ones(1)])",
        "`d` is `p.grad`: `p.grad` is None until `backward()` has run, and for a tensor that the loss did not use. Skip "
        "such a one: `if p.grad is not None:`.",
    ),
    "a new tensor has no gradient": (
        "def f():\n    p = torch.ones(1)\n    p = p - 1\n    p.grad.zero_()",
        "f()",
        "`p.grad` is None until `backward()` has run, and for a tensor that the loss did not use. Line 6 makes a new "
        "tensor of `p`, which has no gradient yet.",
    ),
    "requires_grad()": (
        "def f(x=torch.ones(1)):\n    return x.requires_grad()",
        "f()",
        "`x.requires_grad` is True or False, not a method: write it without parentheses.",
    ),
    "length of a generator": (
        "def f():\n    return len(x for x in [])",
        "f()",
        "A generator in line 5 has no length. `list(…)` makes a list of it, which can also be read twice.",
    ),
    "view of a transpose": (
        "def f():\n    torch.ones(2, 3).T.view(-1)",
        "f()",
        "`.view` in line 5 cannot be done without a copy of the numbers: `.reshape` makes one where it must.",
    ),
    "data of another dtype": (
        "def f(p=torch.ones(1)):\n    p.data = torch.ones(1, device='meta')",
        "f()",
        "Setting `.data` in line 5 cannot move a tensor to another device: create a new tensor, with `.to(…)`, and use "
        "that.",
    ),
    "integers that require grad": (
        "def f():\n    torch.tensor([1]).requires_grad_()",
        "f()",
        "The tensor in line 5 holds integers, and only floats can require gradients.",
    ),
    "one_hot of floats": (
        "def f():\n    F.one_hot(torch.ones(2))",
        "f()",
        "`one_hot` in line 5 takes class labels, which are int64 (`.long()`).",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_explained(name: str) -> None:
    slip, call, sentence = SLIPS[name]
    assert meaning(slip, call) == sentence


def test_a_signature_that_is_not_the_courses_own_is_shown_beside_it() -> None:
    stub = make_stub("def f(x, lr):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n")
    said = meaning("def f(x):\n    pass", "f(1, 2)", stub)
    assert said == "The course defines `f(x, lr)`, and line 4 has `f(x)`: keep the parameters as they are given."


def remedy(text: str, got: Form, expected: Form, aspect: str = "kind", names: tuple[str, ...] = ()) -> str:
    """Return what is said of the value that the last `return` of a function gave."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    found = next((node for node in ast.walk(function) if isinstance(node, ast.Return)), None)
    place = Place(function.name, function, found.lineno if found else function.end_lineno, found)
    return find_remedy(KindDifference("", got, expected, aspect, names), place).text


def a_tensor(*shape: int, dtype: str = "float64") -> Form:
    return Form("tensor", shape=shape, dtype=dtype)


TUPLE = "def f(x: Tensor):\n    return x, 1"
REMEDIES: dict[str, tuple[str, str]] = {
    "squeeze": (
        remedy("def f(x):\n    return x.sum(1).squeeze()", a_tensor(), a_tensor(1), "shape"),
        "`.squeeze()` in line 2 removes every dimension of size 1. Name the one to remove, as `.squeeze(dim)`, or "
        "leave it out.",
    ),
    "leading dimensions": (
        remedy("def f(x):\n    y = x.reshape(-1, x.shape[-1])\n    return y", a_tensor(1, 3), a_tensor(3), "shape"),
        "`.reshape(-1, …)` in line 2 merges the leading dimensions: leave it out, or give the result its own back.",
    ),
    "flatten": (
        remedy("def f(x):\n    return torch.bincount(x.flatten()).argmax()", a_tensor(), a_tensor(40), "shape"),
        "`.flatten()` in line 2 merges all dimensions, so those of the result are gone.",
    ),
    "one number": (
        remedy("def f(x):\n    return x.mean()", a_tensor(), a_tensor(40), "shape"),
        "It is a single number: sums, means and the like reduce only one dimension when they are given `dim=`.",
    ),
    "another number": (remedy("def f(x):\n    return x", a_tensor(), a_tensor(40), "shape"), ""),
    "labels as floats": (
        remedy("def f(x):\n    return x.argmax(1).double()", a_tensor(4), a_tensor(4, dtype="int64"), "dtype"),
        "`.double()` in line 2 turns it into float64: leave it out.",
    ),
    "everything as float32": (
        remedy(
            "def f(*x):\n    return x[0].to(torch.float32)",
            a_tensor(4, dtype="float32"),
            a_tensor(4, dtype="int64"),
            "dtype",
        ),
        "`torch.float32` in line 2 asks for float32: leave it out.",
    ),
    "at least float32": (
        remedy(
            "def f(x: Tensor):\n    return x.to(torch.promote_types(x.dtype, torch.float32))",
            a_tensor(4, dtype="float32"),
            a_tensor(4, dtype="bfloat16"),
            "dtype",
        ),
        "`torch.float32` in line 2 asks for float32. `.to(x.dtype)` would keep the dtype of `x`.",
    ),
    "zeros of the default dtype": (
        remedy(
            "def f(data: Tensor):\n    y = torch.zeros(3)\n    return y",
            a_tensor(3, dtype="float32"),
            a_tensor(3),
            "dtype",
        ),
        "`torch.zeros(…)` in line 2 creates float32 unless it is told otherwise: add `dtype=data.dtype`.",
    ),
    "names of parameters": (
        remedy("def f(m):\n    return [n for n, p in m.named_parameters()]", Form("string"), a_tensor(3)),
        "`named_parameters()` gives pairs of a name and a value: keep only the value, or use `parameters()`.",
    ),
    "pairs of a name and a parameter": (
        remedy("def f(m):\n    return list(m.named_parameters())", Form("tuple", size=2), a_tensor(3)),
        "`named_parameters()` gives pairs of a name and a value: keep only the value, or use `parameters()`.",
    ),
    "a string": (
        remedy("def f(x):\n    return g(x)", Form("string"), Form("float")),
        "Return the value itself, not its name or a text of it.",
    ),
    "names of the values": (
        remedy("def f():\n    return 1", Form("int"), Form("tuple", size=2), names=("a", "b")),
        "The text asks for 2 values: `return a, b`.",
    ),
    "a tuple of another size": (remedy(TUPLE, Form("tuple", size=2), Form("tuple", size=3), "size"), ""),
    "a tuple of one": (
        remedy("def f(x):\n    return x", a_tensor(3), Form("tuple", size=1)),
        "A tuple of one value has a comma after it: `return (value,)`.",
    ),
    "a list of tuples": (
        remedy(
            TUPLE,
            Form("tuple", size=2, items=(Form("list"), Form("list"))),
            Form("list", size=3, items=(Form("tuple", size=2, items=(Form("float"), Form("float"))),)),
        ),
        "The list should hold 3 values, each of them a tuple (float, float).",
    ),
    "a list": (
        remedy(TUPLE, Form("tuple", size=1, items=(Form("int"),)), Form("list", size=1, items=(Form("int"),))),
        "Square brackets, or `list(…)`, make a list.",
    ),
    "never set": (
        remedy("def f(x):\n    loss = None\n    x()\n    return loss", Form("None"), a_tensor()),
        "`f` returned None: `loss` is None since line 2, and no line sets it to anything else.",
    ),
    "not set": (
        remedy("def f(x):\n    y = None\n    if x:\n        y = x()\n    return y", Form("None"), a_tensor()),
        "`f` returned None: `y` is still None from line 2: line 4 did not run, or gave None.",
    ),
    "None itself": (
        remedy("def f(x):\n    return None", Form("None"), a_tensor()),
        "`f` returned None: line 2 returns it. Return the value that is asked for.",
    ),
    "a comparison": (
        remedy("def f(x):\n    return (x > 0).double()", a_tensor(3), a_tensor(3), "grad"),
        "Autograd cannot follow the result back to what it was made of: a comparison, as in line 2, has no gradient.",
    ),
    "gradients off": (
        remedy(
            "def f(x):\n    with torch.set_grad_enabled(x.t):\n        return 2 * x", a_tensor(3), a_tensor(3), "grad"
        ),
        "Autograd cannot follow the result back to what it was made of: line 2 switches gradients off.",
    ),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_is_that_of_the_code(name: str) -> None:
    said, sentence = REMEDIES[name]
    assert said == sentence


INIT = MODULE.replace("self", "self, d") + "        super().__init__()\n"
BETTER_ALONE = {
    "sound": ("def f():\n    raise ValueError('rate must be positive')", "f()"),
    "generator": ("def f():\n    return completely_unknown_thing", "f()"),
    "exhausted": ("def f():\n    return {}.nothing_like_it", "f()"),
    "parameter of a layer": (INIT + "        nn.ReLU(p=d)", "Net(1)"),
    "parameter of an optimizer": (INIT + "        torch.optim.SGD([torch.ones(1)], learning_rate=d)", "Net(1)"),
    "arguments of a layer": (
        INIT + "        self.a = nn.Linear(1, 1)\n    def forward(self, x):\n        return self.a(x, x)",
        "Net(1)(1)",
    ),
    "arguments of a layer with the same name": (
        "class Linear(nn.Module):\n    def __init__(self, out_features):\n        nn.Linear(out_features)",
        "Linear(1)",
    ),
    "arguments of a layer in a class": (
        INIT.replace("d)", "out_features)") + "        nn.Linear(out_features)",
        "Net(1)",
    ),
    "parameter of a function with the same name": ("def softmax(x):\n    return F.softmax(x, axis=1)", "softmax(1)"),
    "parameter of a function in a method": (
        "class A:\n    def softmax(self, x):\n        return F.softmax(x, axis=1)",
        "A().softmax(1)",
    ),
    "recursion elsewhere": (
        "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\nclass A:\n    @property\n    def a(self):\n"
        "        return self.b\n    @property\n    def b(self):\n        return self.a",
        "A().a",
    ),
    "key of a method": ("def f():\n    x, d = [1, 2], {}\n    return x[1] + d.pop('k')", "f()"),
}


@pytest.mark.parametrize("name", BETTER_ALONE)
def test_what_python_says_well_stays_alone(name: str) -> None:
    said = BETTER_ALONE[name]
    assert meaning(*said) == ""


@given(
    st.text(max_size=80), st.sampled_from(sorted({kind for types, *_ in RULES for kind in types})), st.integers(-5, 99)
)
def test_any_message_is_explained_or_left_alone(message: str, kind: str, line: int) -> None:
    code = Code(ParsedSource(b"def f(x):\n    return x\n"))
    assert isinstance(explain(Raised(kind, message, line, code, "f")), str)


def test_a_message_that_spells_something_out_is_not_repeated() -> None:
    """A name that neither the text nor torch has may be an input of a hidden check in letters."""
    code = Code(ParsedSource(b"class A:\n    def f(self, x):\n        return self.x\n"))
    for kind, message in (
        ("NameError", "name 'hcjbae' is not defined"),
        ("AttributeError", "'A' object has no attribute 'hcjbae'"),
        ("TypeError", "f() got an unexpected keyword argument 'hcjbae'"),
        ("TypeError", "hcjbae() missing 1 required positional argument: 'x'"),
    ):
        assert explain(Raised(kind, message, 3, code, "f")) == ""


def test_deep_text_is_not_quoted() -> None:
    deep = "{1: " * 170 + "x" + "}" * 170
    code = Code(ParsedSource(f"def f(x):\n    while {deep}:\n        x.g()\n    return 1 / {deep}\n".encode()))
    assert explain(Raised("ZeroDivisionError", "division by zero", 4, code, "f")) == ""
    assert explain_endless(code, "f") == [
        "The loop in line 2 may never end: it runs while its condition, which only line 3 can change."
    ]
    function = ast.parse(f"def f(x):\n    if {deep}:\n        return 1\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    said = find_remedy(
        KindDifference("", Form("None"), Form("float"), "kind"), Place("f", function, function.end_lineno, None)
    )
    assert "only reached if the condition in line 2 is true" in said.text
    code = Code(ParsedSource(f"def f(x):\n    while 0x1{'0' * 5000}:\n        pass\n".encode()))
    assert explain_endless(code, "f") == ["The loop in line 2 has no `break` and no `return`."]


def test_a_shape_that_is_none_is_left_alone() -> None:
    code = Code(ParsedSource(b"def f(x):\n    return x\n"))
    message = "shape '[--1]' is invalid for input of size 5"
    assert explain(Raised("RuntimeError", message, 2, code, "f")) == ""


def test_a_recursion_outside_the_text_is_looked_for_in_what_the_exercise_uses() -> None:
    text = b"def g(n):\n    return g(n)\ndef f(n):\n    return g(n)\ndef fact(n):\n    return fact(n - 1)\n"
    said = explain(Raised("RecursionError", "maximum recursion depth exceeded", None, Code(ParsedSource(text)), "f"))
    assert said.startswith("`g` calls itself in line 2")


def test_a_long_text_is_explained_quickly() -> None:
    classes = "class A0:\n    def m(self): pass\n"
    classes += "".join(f"class A{n}(A{n - 1}):\n    def m(self): pass\n" for n in range(1, 1500))
    functions = "".join(f"def f{n}(): pass\n" for n in range(3000))
    tests = "def f(x):\n    while [" + "g(x), " * 5000 + "]:\n        pass\n"
    messages = (
        ("TypeError", "m() got an unexpected keyword argument 'x'"),
        ("TypeError", "A1499.m() missing 1 required positional argument: 'm'"),
        ("AttributeError", "'A1499' object has no attribute 'm'"),
        ("RecursionError", "maximum recursion depth exceeded"),
    )
    for text in (classes, functions, tests):
        code = Code(ParsedSource(text.encode()))
        start = time.process_time()
        for kind, message in messages:
            for line in (None, 1):
                explain(Raised(kind, message, line, code, "f"))
        explain_endless(code, "f")
        assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("while True:\n        x = x + 1", "The loop in line 2, `while True`, has no `break` and no `return`."),
        ("while x > 0:\n        y = x - 1", "The loop in line 2 runs while `x > 0`, and nothing in it changes that."),
        (
            "while x > 0:\n        x = x + 1",
            "The loop in line 2 may never end: it runs while `x > 0`, which only line 3 can change.",
        ),
        (
            "while True:\n        if x < 0:\n            break\n        x = x + 1",
            "The loop in line 2 may never end: it ends only in line 4.",
        ),
        (
            "xs = [1]\n    for y in xs:\n        xs.append(y)",
            "The loop in line 3 runs over `xs`, which grows in line 4.",
        ),
    ],
)
def test_a_loop_that_may_never_end_is_named(body: str, sentence: str) -> None:
    text = f"def helper(x):\n    {body}\n\ndef f(x):\n    return helper(x)\n\ndef other():\n    while True:\n        pass\n"
    assert explain_endless(Code(ParsedSource(text.encode())), "f") == [sentence]


def test_a_near_name_is_offered_for_what_is_not_defined() -> None:
    def said(text: str) -> str:
        return explain_undefined(Code(ParsedSource(text.encode())), "sgd_step")

    assert said("def sgdStep(p):\n    pass\n") == "`sgdStep` in line 1 is close: rename it to `sgd_step`."
    assert (
        said("def a():\n    def sgd_step():\n        pass\n")
        == "`sgd_step` (line 2) is inside `a`: move it to the left margin."
    )
    assert said("def train(p):\n    pass\n") == ""


def line_of(source: str, words: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if words in line)


def first(result: Result, exercise: str) -> CheckResult:
    return next(check for check in result.checks if check.exercise.name == exercise)


def test_a_check_that_ends_with_an_exception_says_what_it_means(tiny: Tiny) -> None:
    source = tiny.reference.replace("self.weight * double(x)", "weight * double(x)")
    found = first(tiny.grade(source, ["Scale"]), "Scale").finding
    line = line_of(source, "weight * double(x)")
    assert found.advice == f"In line {line}, `weight` has no `self.` before it: inside a method it is `self.weight`."
    assert found.got == "NameError: name 'weight' is not defined"


def test_an_exception_in_function_a_value_error_is_explained(tiny: Tiny) -> None:
    result = tiny.grade(tiny.reference.replace("def double(x: Tensor)", "def double(y: Tensor, x: Tensor)"), ["double"])
    said = "The course defines `double(x)`, and line"
    assert all(check.finding.advice.startswith(said) for check in result.checks)


def test_time_that_ran_out_says_how_much_and_where_the_loop_is(tiny: Tiny) -> None:
    source = tiny.with_double("while x.sum() != 0:\n    y = 2 * x\nreturn y")
    found = first(tiny.grade(source, ["double"], seconds=0.5), "double").finding
    line = line_of(source, "while x.sum()")
    assert found.got == "no answer in time (more than 0.5 s of CPU time)"
    assert found.advice == f"The loop in line {line} may never end: it runs while `x.sum() != 0`."


@pytest.mark.parametrize("stop", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_a_breakpoint_says_where_it_works(tiny: Tiny, stop: str) -> None:
    source = tiny.with_double(f"y = 2 * x\n{stop}\nreturn y")
    result = tiny.grade(source, ["double"])
    found, line = first(result, "double").finding, line_of(source, stop)
    assert result.score == 0
    assert found.got == "no answer: it stopped at a breakpoint"
    assert found.advice == f"`breakpoint()` in line {line} stops only under `dojo try double`."
    assert (found.line, found.text) == (line, stop)


def test_there_is_no_keyboard_in_a_check(tiny: Tiny) -> None:
    source = tiny.with_double("return float(input()) * x")
    found = first(tiny.grade(source, ["double"]), "double").finding
    line = line_of(source, "input()")
    assert found.advice.startswith(f"`input()` in line {line} gets nothing: there is no keyboard in a check.")


def test_a_renamed_exercise_is_found(tiny: Tiny) -> None:
    source = tiny.reference.replace("def double(", "def doubel(")
    found = first(tiny.grade(source, ["double"]), "double").finding
    assert found.advice == f"`doubel` in line {line_of(source, 'def doubel')} is close: rename it to `double`."


def test_an_exercise_that_uses_an_unfinished_one_says_so_first(tiny: Tiny) -> None:
    source = tiny.with_double("...")
    check = first(tiny.grade(source), "Scale")
    assert check.given == ("double",)  # it is right itself
    wrong = source.replace("/ 2  # SOLUTION", "/ 3")
    found = first(tiny.grade(wrong), "Scale").finding
    assert found.got.splitlines()[0] == "Scale uses double, which is still to do."
    assert len(found.got.splitlines()) == 2
    assert found.advice == ""


def test_what_could_not_be_loaded_is_explained_where_it_is_missing(tiny: Tiny) -> None:
    source = "import torchvison\n" + tiny.with_double("return torchvison.twice(x)")
    found = first(tiny.grade(source, ["double"]), "double").finding
    assert "line 1 could not be run and was left out" in found.advice
    assert "Did you mean `torchvision`?" in found.advice


def test_a_text_that_does_not_parse_is_explained(tiny: Tiny) -> None:
    source = tiny.with_double("y = 2 * x\n  return y")
    found = first(tiny.grade(source, ["double"]), "double").finding
    assert found.advice.startswith("The spaces at the start of line")
    assert "could not be read" not in found.advice
    result = tiny.grade("def double(x:\n    x x\n")
    assert result.message


def test_lines_are_those_of_a_notebooks_cells() -> None:
    """The author of a notebook never sees the module that is made of it."""
    text = "def double(x):\n    return 2 * y\n"
    extracted = extract_from_cells(["import torch", text], ["double"], "", newest=True)
    line = line_of(extracted.source.decode(), "2 * y")
    finding = Finding(got="NameError", advice=f"Nothing is called `y` in line {line}.", line=line)
    result = make_result(make_check("double.values", "error", 1, finding=finding))
    use_notebook_locations(result, "ch1_tiny.py", extracted)
    assert result.checks[0].finding.advice == "Nothing is called `y` in line 2 of the cell “def double(x):”."
