"""The buffer is the gradient itself.

At the first step the buffer is p.grad, not a copy: two names for one tensor. From then on, whatever happens to one
happens to the other. zero_grad(set_to_none=False) clears your buffer, and an update of the buffer in place changes the
gradient.
Store a clone.
Read: torch.clone · https://docs.pytorch.org/docs/stable/generated/torch.clone.html
"""

FAILS = ("gradients_are_kept",)


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    d = p.grad + group["weight_decay"] * p if group["weight_decay"] else p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        if "buffer" in state:
                            state["buffer"].mul_(group["momentum"]).add_(d, alpha=1 - group["dampening"])
                        else:
                            state["buffer"] = d
                        d = d + group["momentum"] * state["buffer"] if group["nesterov"] else state["buffer"]
                    p -= group["lr"] * d
        return loss
