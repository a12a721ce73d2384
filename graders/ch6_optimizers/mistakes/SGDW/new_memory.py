"""The parameter gets new memory.

The numbers are right, and p is the same object, but new memory is under it. Whatever shares the old memory (a view, a
parameter tied to it, another process) keeps the old numbers. Most often the cause is `p.data = …`.
Write into the memory that is there: in place, under torch.no_grad().
Read: in-place operations · https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

FAILS = ("in_place",)


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
                    p.data = p * (1 - group["lr"] * group["weight_decay"])
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p.data = p - group["lr"] * d
        return loss
