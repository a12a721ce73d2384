"""One count for all attachments.

Two optimizers share one count: when one has made its steps, the other's noise has faded, too. Make a new t for each
attachment.
"""

FAILS = ("count",)


COUNT = {"t": 0}


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")

    def add_noise(optimizer, args, kwargs):
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(COUNT["t"], eta, gamma), generator)
        COUNT["t"] += 1

    return optimizer.register_step_pre_hook(add_noise)
