"""The base class was not initialized.

Your SGDW has no param_groups. They are made by the constructor of the base class, together with self.state: nothing of
it is there before super().__init__ has been called.
Call super().__init__ with params and a dict of the options by name, after you have checked them.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("without_decay", "decay")


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay

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
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
