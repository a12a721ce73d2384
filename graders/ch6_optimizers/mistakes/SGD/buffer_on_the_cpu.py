"""Momentum buffer made on the CPU.

The momentum buffer in the state is a tensor on the CPU, while the parameter is on another device. `torch.zeros_like(p)`
is on p's device.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


class SGD(Optimizer):
    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(group["lr"] * self._direction(p, group))
        return loss

    def _direction(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        grad = p.grad + group["weight_decay"] * p
        momentum, state = group["momentum"], self.state[p]
        if momentum == 0:
            return grad
        if "buffer" in state:
            state["buffer"].mul_(momentum).add_(grad, alpha=1 - group["dampening"])
        else:
            state["buffer"] = torch.zeros(p.shape, dtype=p.dtype)
            state["buffer"] += grad
        return grad + momentum * state["buffer"] if group["nesterov"] else state["buffer"]
