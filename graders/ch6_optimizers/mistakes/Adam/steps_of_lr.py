"""Every step has size lr.

Each number moves by lr against the sign of its gradient. That is Adam's first step; later ones depend on the running
means of the gradient and of its square. Keep both in the state, and divide the one by the root of the other.
"""

FAILS = ("running_means",)


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        if lr < 0 or eps < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError("lr and eps must not be negative, and betas must be in [0, 1)")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad.sign() * group["lr"])
        return loss
