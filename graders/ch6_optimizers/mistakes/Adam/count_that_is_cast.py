"""A count that is cast on loading.

The count of steps is a tensor, and its name is not `"step"`. Loading a saved state casts it to the parameter's dtype,
and with few digits `1 - beta ** t` becomes another number. Count in a Python int, or call the tensor `"step"`.
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
            state["count"] = torch.zeros(())
            state["mean"] = torch.zeros_like(p)
            state["square"] = torch.zeros_like(p)
        state["count"] += 1
        state["mean"].mul_(betas[0]).add_(p.grad, alpha=1 - betas[0])
        state["square"].mul_(betas[1]).addcmul_(p.grad, p.grad, value=1 - betas[1])
        mean = state["mean"] / (1 - betas[0] ** state["count"])
        square = state["square"] / (1 - betas[1] ** state["count"])
        return mean / (square.sqrt() + eps)
