"""The base class was not initialized.

Your SGD has no param_groups. They are made by the constructor of the base class, together with self.state: nothing of
it is there before super().__init__ has been called.
Call super().__init__ with params and a dict of the options by name, after you have checked them.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("plain", "momentum")


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

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
                        if "buffer" in state:
                            state["buffer"] = group["momentum"] * state["buffer"] + (1 - group["dampening"]) * d
                        else:
                            state["buffer"] = d.clone()
                        d = d + group["momentum"] * state["buffer"] if group["nesterov"] else state["buffer"]
                    p -= group["lr"] * d
        return loss
