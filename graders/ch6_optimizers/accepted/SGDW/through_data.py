"""Through p.data, in its own memory; buffers start as zeros."""


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        if min(lr, momentum, weight_decay) < 0:
            raise ValueError(f"lr {lr}, momentum {momentum}, weight_decay {weight_decay}: none may be negative")
        super().__init__(params, defaults={"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = None
        if closure:
            with torch.set_grad_enabled(True):
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                buffer = self.state[p].setdefault("buffer", torch.zeros_like(p.data))
                buffer.mul_(group["momentum"]).add_(grad.detach())
                p.data.mul_(1.0 - group["lr"] * group["weight_decay"]).add_(buffer, alpha=-group["lr"])
        return loss
