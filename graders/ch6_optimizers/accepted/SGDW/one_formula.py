"""Decay and step in one formula, from the old parameter; the buffer is always kept."""


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        for name, value in dict(lr=lr, momentum=momentum, weight_decay=weight_decay).items():
            if value < 0:
                raise ValueError("negative " + name)
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, momentum, decay = group["lr"], group["momentum"], group["weight_decay"]
            for p in group["params"]:
                if p.grad is not None:
                    buffer = self.state[p].get("b", 0.0) * momentum + p.grad
                    self.state[p]["b"] = buffer
                    p.copy_(p - lr * decay * p - lr * buffer)
        return loss
