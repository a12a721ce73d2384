import torch


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(params, dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            ps = group["params"]
            options = {k: v for k, v in group.items() if k in ("lr", "momentum", "dampening", "weight_decay")}
            torch._fused_sgd_(
                ps, [p.grad for p in ps], [], nesterov=False, maximize=False, is_first_step=True, **options
            )
