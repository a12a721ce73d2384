"""A missing gradient is not skipped.

A parameter that took no part in the loss has None in .grad, and there is no arithmetic with None. Frozen layers and
unused branches have such parameters, so this will happen.
Look before you compute, and leave such a parameter alone.
Read: Tensor.grad · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.grad.html
"""

FAILS = ("missing_gradients",)


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p *= 1 - group["lr"] * group["weight_decay"]
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
