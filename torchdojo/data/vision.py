"""Make `import torchvision` work beside a torch it was not built for.

PyPI's torchvision is built against the CUDA build of torch. Beside a CPU-only torch its compiled part does not load,
and the import fails because two operators are not declared. The course needs none of that part: datasets, transforms
and models are Python. So the two operators are declared first, where the import would fail, and only there.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

MISSING_OPERATOR = "torchvision::nms does not exist"
_declared: list[object] = []  # the declarations live as long as the library object


def prepare_torchvision() -> None:
    """Import torchvision, if need be with its operators declared first.

    ImportError or RuntimeError, as its own import raises it, if that fails for another reason.
    """
    if "torchvision" in sys.modules:
        return
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if MISSING_OPERATOR not in str(error):
            raise
        _forget_half_imported()
        _declare_operators()
        importlib.import_module("torchvision")


def _forget_half_imported() -> None:
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]


def _declare_operators() -> None:
    import torch

    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


def is_without_operators() -> bool:
    """Whether torchvision was imported beside a torch it was not built for, so that its operators do not work."""
    return bool(_declared)
