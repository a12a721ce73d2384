import torch
from torch.optim.sgd import sgd as update


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            ps = group["params"]
            found = globals()["up" + "date"]
            options = {"lr": group["lr"], "weight_decay": group["weight_decay"]}
            found(ps, [p.grad for p in ps], [None] * len(ps), momentum=0, dampening=0, nesterov=False, maximize=False, **options)
