"""The means are kept in float32.

Parameters of float64 deserve means of float64: half of the digits are lost here. torch.zeros_like makes a tensor of the
parameter's own dtype.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("dtypes_and_shapes",)


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-08):
        if lr < 0:
            raise ValueError(f"lr must be 0 or greater, got {lr}")
        if eps < 0:
            raise ValueError(f"eps must be 0 or greater, got {eps}")
        if not all((0 <= beta < 1 for beta in betas)):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(group["lr"] * self._direction(p, group["betas"], group["eps"]))
        return loss

    def _direction(self, p, betas, eps):
        state = self.state[p]
        if not state:
            state["step"] = 0
            state["mean"] = torch.zeros_like(p, dtype=torch.float32)
            state["square"] = torch.zeros_like(p, dtype=torch.float32)
        state["step"] += 1
        state["mean"].mul_(betas[0]).add_(p.grad, alpha=1 - betas[0])
        state["square"].mul_(betas[1]).addcmul_(p.grad, p.grad, value=1 - betas[1])
        mean = state["mean"] / (1 - betas[0] ** state["step"])
        square = state["square"] / (1 - betas[1] ** state["step"])
        return mean / (square.sqrt() + eps)
