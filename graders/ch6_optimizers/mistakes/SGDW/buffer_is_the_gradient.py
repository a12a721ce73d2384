"""The buffer is the gradient itself.

At the first step the buffer is p.grad, not a copy: two names for one tensor. From then on, whatever happens to one
happens to the other. zero_grad(set_to_none=False) clears your buffer, and an update of the buffer in place changes the
gradient.
Store a clone.
Read: torch.clone · https://docs.pytorch.org/docs/stable/generated/torch.clone.html
"""

FAILS = ("gradients_are_kept",)


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
                    if p.grad is None:
                        continue
                    p *= 1 - group["lr"] * group["weight_decay"]
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = state["buffer"].mul_(group["momentum"]).add_(d) if "buffer" in state else d
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
