"""A simulated accelerator: a device called cuda on which numbers are real and CUDA's placement rules hold.

`with simulated_accelerator():` makes it, inside the block only. Tensors "on cuda:0" are real CPU tensors of a subclass
that says so. Every operation passes one gate (dispatch.py), which refuses what CUDA refuses, computes on the CPU, and
marks the result. What programs call by name to choose a device (`.to`, `.cuda`, `device=…`, `torch.cuda.…`) is replaced
for the time of the block (api.py).

Random numbers on the device come from torch's default generator of the CPU, so torch.manual_seed governs them, and the
same seed gives the same numbers on both.
"""

from torchdojo.probe.accelerator.block import simulated_accelerator
from torchdojo.probe.accelerator.errors import PlacementError

__all__ = ["PlacementError", "simulated_accelerator"]
