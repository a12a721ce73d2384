"""All parameters of a group at once, with the _foreach functions."""


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            moves = torch._foreach_add([p.grad for p in params], params, alpha=group["weight_decay"])
            if group["momentum"] != 0:
                for p, move in zip(params, moves, strict=True):
                    if "buffer" in self.state[p]:
                        self.state[p]["buffer"].mul_(group["momentum"]).add_(move, alpha=1 - group["dampening"])
                    else:
                        self.state[p]["buffer"] = move.clone()
                buffers = [self.state[p]["buffer"] for p in params]
                moves = torch._foreach_add(moves, buffers, alpha=group["momentum"]) if group["nesterov"] else buffers
            torch._foreach_add_(params, moves, alpha=-group["lr"])
        return loss
