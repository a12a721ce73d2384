"""Momentum buffer made on the CPU.

The momentum buffer in the state is a tensor on the CPU, while the parameter is on another device. `torch.zeros_like(p)`
is on p's device.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


class SGDW(Optimizer):
    def __init__(self, params: Iterable[Any], lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.mul_(1 - group["lr"] * group["weight_decay"])
                        p.sub_(group["lr"] * self._direction(p, group["momentum"]))
        return loss

    def _direction(self, p: Tensor, momentum: float) -> Tensor:
        if momentum == 0:
            return p.grad
        state = self.state[p]
        if "buffer" in state:
            state["buffer"].mul_(momentum).add_(p.grad)
        else:
            state["buffer"] = torch.zeros(p.shape, dtype=p.dtype)
            state["buffer"] += p.grad
        return state["buffer"]
