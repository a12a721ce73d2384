"""Means of half precision in float32.

The two means of a float16 or bfloat16 parameter are kept in float32. Loading a saved state casts them to the
parameter's dtype, so a run that is resumed takes other steps. Make them with `torch.zeros_like(p)`.
"""

FAILS = ("resumed",)


class Adam(Optimizer):
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        if lr < 0:
            raise ValueError(f"lr must be 0 or greater, got {lr}")
        if eps < 0:
            raise ValueError(f"eps must be 0 or greater, got {eps}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
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

    def _direction(self, p: Tensor, betas: tuple[float, float], eps: float) -> Tensor:
        state = self.state[p]
        if not state:
            state["step"] = 0
            state["mean"] = torch.zeros_like(p, dtype=torch.promote_types(p.dtype, torch.float32))
            state["square"] = torch.zeros_like(p, dtype=torch.promote_types(p.dtype, torch.float32))
        state["step"] += 1
        state["mean"].mul_(betas[0]).add_(p.grad, alpha=1 - betas[0])
        state["square"].mul_(betas[1]).addcmul_(p.grad, p.grad, value=1 - betas[1])
        mean = state["mean"] / (1 - betas[0] ** state["step"])
        square = state["square"] / (1 - betas[1] ** state["step"])
        return mean / (square.sqrt() + eps)
