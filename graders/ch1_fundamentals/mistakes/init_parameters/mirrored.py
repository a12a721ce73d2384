"""Every second draw mirrors the one before.

The numbers of every second call are those of the call before, with the other sign. Fresh numbers do not depend on
earlier ones: draw on each call.
"""

FAILS = ("independent",)

DRAWN_BEFORE = []


def init_parameters():
    if DRAWN_BEFORE:
        weights, bias = DRAWN_BEFORE.pop()
        return -weights, -bias
    DRAWN_BEFORE.append((torch.randn(2, 1) * 0.01, torch.randn(1) * 0.01))
    return DRAWN_BEFORE[0]
