"""State is not saved by state_dict().

A resumed run starts without the buffers of the one before it, and takes different steps from those it would have taken.
state_dict() saves self.state and self.param_groups, and nothing else; most often the buffers are kept in an
attribute. Keep what belongs to a parameter in self.state[p].
Read: Optimizer.state_dict · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html
"""

FAILS = ("resumed",)


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov})
        self.memory = {}

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
                        state = self.memory.setdefault(p, {})
                        if "buffer" in state:
                            state["buffer"] = group["momentum"] * state["buffer"] + (1 - group["dampening"]) * d
                        else:
                            state["buffer"] = d.clone()
                        d = d + group["momentum"] * state["buffer"] if group["nesterov"] else state["buffer"]
                    p -= group["lr"] * d
        return loss
