"""Buffers of zeros and a count of steps are made when a group is added; groups are checked too."""


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        defaults = dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov)
        self.check(defaults)
        super().__init__(params, defaults)

    @staticmethod
    def check(options):
        for name in ("lr", "momentum", "weight_decay"):
            if not options[name] >= 0:
                raise ValueError(f"{name}: {options[name]} is negative")
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueError("nesterov: needs momentum, and no dampening")

    def add_param_group(self, param_group):
        self.check({**self.defaults, **param_group})
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            self.state[p] = {"steps": 0, "buffer": torch.zeros_like(p, requires_grad=False)}

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            momentum = group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                with torch.no_grad():
                    grad = torch.add(p.grad, p, alpha=group["weight_decay"])
                    state = self.state[p]
                    share = 1 if state["steps"] == 0 else 1 - group["dampening"]
                    state["buffer"] = momentum * state["buffer"] + share * grad
                    state["steps"] += 1
                    if momentum == 0:
                        p.copy_(p - group["lr"] * grad)
                    elif group["nesterov"]:
                        p.copy_(p - group["lr"] * (grad + momentum * state["buffer"]))
                    else:
                        p.copy_(p - group["lr"] * state["buffer"])
        return loss
