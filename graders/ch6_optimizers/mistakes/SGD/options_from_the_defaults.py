"""Options are not read from the groups.

Each step uses the options that the constructor was given. So the options of a parameter group are ignored, and so is
every learning rate schedule: a scheduler writes into the groups. Most often the options are read from self.defaults, or
from attributes set in the constructor.
Read each option from its group, at each step.
Read: per-parameter options · https://docs.pytorch.org/docs/stable/optim.html#per-parameter-options
"""

FAILS = ("groups", "changed_options")


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
                defaults = self.defaults
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    d = p.grad + defaults["weight_decay"] * p
                    if defaults["momentum"] != 0:
                        state = self.state[p]
                        if "buffer" in state:
                            state["buffer"] = defaults["momentum"] * state["buffer"] + (1 - defaults["dampening"]) * d
                        else:
                            state["buffer"] = d.clone()
                        d = d + defaults["momentum"] * state["buffer"] if defaults["nesterov"] else state["buffer"]
                    p -= defaults["lr"] * d
        return loss
