"""The decay goes through the buffer.

The decay is added to the gradient, before the buffer. That is SGD, the exercise before this one: with momentum the
decay comes back in later steps. Here the buffer accumulates gradients only, and the parameter shrinks separately.
Without momentum the two are the same.
Read: torch.optim.AdamW · https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
"""

FAILS = ("decay_with_momentum", "decay")


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
                    d = p.grad + group["weight_decay"] * p
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
