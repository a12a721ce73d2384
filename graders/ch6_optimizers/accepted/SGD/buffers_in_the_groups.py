"""The buffers in a dict of each group, by the parameter's position."""


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(group["lr"] * self._direction(p, group))
        return loss

    def _direction(self, p, group):
        grad = p.grad + group["weight_decay"] * p
        momentum, buffers = (group["momentum"], group.setdefault("buffers", {}))
        place = next(i for i, q in enumerate(group["params"]) if q is p)
        if momentum == 0:
            return grad
        if place in buffers:
            buffers[place].mul_(momentum).add_(grad, alpha=1 - group["dampening"])
        else:
            buffers[place] = grad.clone()
        return grad + momentum * buffers[place] if group["nesterov"] else buffers[place]
