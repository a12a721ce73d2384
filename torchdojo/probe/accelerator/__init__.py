"""A simulated accelerator: a device called cuda on which numbers are real and CUDA's placement rules hold.

It exists only inside `with simulated_accelerator():`. Tensors "on cuda:0" are CPU tensors of a subclass. Every
operation passes through one dispatch mode (dispatch.py), which refuses what CUDA refuses, computes on the CPU, and
wraps the result. What code calls to choose a device (`.to`, `.cuda`, `device=…`, `torch.cuda.…`) is patched in api.py.

Random numbers on the device come from torch's default CPU generator, so torch.manual_seed seeds them, and the same seed
gives the same numbers on both.
"""

from torchdojo.probe.accelerator.block import simulated_accelerator
from torchdojo.probe.accelerator.placement import PlacementError

__all__ = ["PlacementError", "simulated_accelerator"]
