"""Which slow imports a chapter's code will need: made once, before a worker forks, and not in every check."""

from __future__ import annotations

import re

# What submissions and probes import, or torch does when they use it, and what is slow to import: better once, before
# the worker forks, than in every check. torch.optim imports torch._dynamo when its first optimizer is made.
PRELOADED = {"torchvision": "torchvision", "optim": "torch._dynamo"}


def modules_named_in(texts: bytes) -> list[str]:
    """Return what a worker should import before it forks for code with these texts; a line of comment needs none.

    Each makes every fork after it dearer: torchvision adds 170 mappings and 80 MB to what a fork must copy or share.
    """
    code = re.sub(rb"^\s*#.*", b"", texts, flags=re.MULTILINE)
    return [module for word, module in PRELOADED.items() if re.search(rf"\b{word}\b".encode(), code)]
