"""Two optimizers share their state.

Two optimizers disturb each other, and what they remember is not saved by state_dict(). Most often the buffers are
kept in an attribute of the class, or in a module's global, which is the same for every optimizer of that class.
Use self.state, of which each optimizer has its own.
Read: Optimizer.state_dict · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html
"""

FAILS = ("several_optimizers", "resumed")


class SGDW(Optimizer):
    memory = {}

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
                        state = self.memory.setdefault(p, {})
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
