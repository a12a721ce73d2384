"""The parameters are not updated.

step calls the closure and returns its loss, but no parameter moves. Go through the groups and their parameters, and
subtract lr times the gradient from each.
"""

FAILS = ("plain", "momentum")


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        if min(lr, momentum, weight_decay) < 0:
            raise ValueError("lr, momentum and weight_decay must not be negative")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, options)

    @torch.no_grad()
    def step(self, closure=None):
        if closure is None:
            return None
        with torch.enable_grad():
            return closure()
