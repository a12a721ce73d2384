"""A helper checks the options, and its message is about none of them; the update is a generator over parameters."""


def require_non_negative(**options):
    match [value for value in options.values() if value < 0]:
        case []:
            return
        case bad:
            raise ValueError(bad)


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        require_non_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def with_gradients(self):
        for group in self.param_groups:
            yield from ((p, group) for p in group["params"] if p.grad is not None)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for p, group in self.with_gradients():
            p.mul_(1.0 - group["lr"] * group["weight_decay"])
            update = p.grad
            if group["momentum"]:
                if "momentum_buffer" not in self.state[p]:
                    self.state[p]["momentum_buffer"] = torch.zeros_like(p)
                update = self.state[p]["momentum_buffer"].mul_(group["momentum"]).add_(p.grad)
            p.add_(update, alpha=-group["lr"])
        return loss
