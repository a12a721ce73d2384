"""Find the slow imports that a chapter's code will need, so that a worker makes them once before it forks."""

from __future__ import annotations

import re

# A word in the code, and the module to import for it: torch.optim imports torch._dynamo with its first optimizer, and
# use_deterministic_algorithms imports torch's compiler.
SLOW_IMPORTS = {
    "torchvision": "torchvision",
    "optim": "torch._dynamo",
    "use_deterministic_algorithms": "torch._inductor.config",
}


PYTHON_IMPORTS = {"numpy": "numpy"}  # likewise in a chapter without torch


def find_slow_imports(text: bytes, kind: str = "torch") -> list[str]:
    """Return the modules to import before forking for code with this text, comments aside, in a chapter of this kind.

    Each makes every later fork slower: torchvision adds 170 mappings and 80 MB that a fork must copy or share.
    """
    code = re.sub(rb"^\s*#.*", b"", text, flags=re.MULTILINE)
    slow = PYTHON_IMPORTS if kind == "python" else SLOW_IMPORTS
    return [module for word, module in slow.items() if re.search(rf"\b{word}\b".encode(), code)]
