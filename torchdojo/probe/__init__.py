"""What grader authors import to write probes.

A probe builds inputs, calls a submission, and returns plain values. It runs in the sandbox beside a submission, and
elsewhere on the reference and on every known mistake; it never judges.
"""

from torchdojo.probe.declare import Probe, collect_probes, probe
from torchdojo.probe.draw import Draw
from torchdojo.probe.raised import raised

__all__ = ["Draw", "Probe", "collect_probes", "probe", "raised"]
