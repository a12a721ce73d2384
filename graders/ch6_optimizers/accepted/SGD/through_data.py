"""The numbers are changed through p.data, in its own memory; the step is a method of its own."""


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        if lr < 0 or momentum < 0 or weight_decay < 0:
            raise ValueError(f"lr={lr}, momentum={momentum} and weight_decay={weight_decay} must not be negative")
        if nesterov and not (momentum > 0 and dampening == 0):
            raise ValueError(f"nesterov does not go with momentum={momentum} and dampening={dampening}")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening}
        super().__init__(params, dict(defaults, weight_decay=weight_decay, nesterov=nesterov))

    def step(self, closure=None):
        loss = None if closure is None else self._evaluate(closure)
        for group in self.param_groups:
            options = {key: value for key, value in group.items() if key not in ("params", "initial_lr")}
            for p in filter(lambda p: p.grad is not None, group["params"]):
                self._update(p, **options)
        return loss

    @torch.enable_grad()
    def _evaluate(self, closure):
        return closure()

    def _update(self, p, lr, momentum, dampening, weight_decay, nesterov):
        grad = p.grad.data + weight_decay * p.data
        move = grad
        if momentum:
            state = self.state[p]
            if state:
                state["velocity"] = momentum * state["velocity"] + (1 - dampening) * grad
            else:
                state["velocity"] = grad
            move = state["velocity"]
            if nesterov:
                move = grad + momentum * move
        p.data -= lr * move
