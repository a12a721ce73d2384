"""The base class was given nothing.

The steps are right as long as params is a list of parameters and all options stay as they are. But there are no
param_groups and no state: super().__init__ makes them from params and a dict of options, and zero_grad(),
add_param_group(), state_dict() and every learning rate schedule work with them.
Call it after you have checked the options. In step(), go through self.param_groups, and keep what you remember in
self.state.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("groups", "changed_options", "closure", "resumed", "is_an_optimizer")


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        self.params, self.memory = list(params), {}
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is None:
                    continue
                d = p.grad + self.weight_decay * p
                if self.momentum != 0:
                    state = self.memory.setdefault(p, {})
                    if "buffer" in state:
                        state["buffer"] = self.momentum * state["buffer"] + (1 - self.dampening) * d
                    else:
                        state["buffer"] = d.clone()
                    d = d + self.momentum * state["buffer"] if self.nesterov else state["buffer"]
                p -= self.lr * d
        return loss
