"""The base class was given nothing.

The steps are right as long as params is a list of parameters and all options stay as they are. But there are no
param_groups and no state: super().__init__ makes them from params and a dict of options, and zero_grad(),
add_param_group(), state_dict() and every learning rate schedule work with them.
Call it after you have checked the options. In step(), go through self.param_groups, and keep what you remember in
self.state.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("groups", "changed_options", "closure", "resumed", "is_an_optimizer")


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        for name, value in (("lr", lr), ("eps", eps)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        self.params, self.memory = list(params), {}
        self.lr, self.betas, self.eps = lr, betas, eps

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            beta1, beta2 = self.betas
            for p in self.params:
                if p.grad is None:
                    continue
                state = self.memory.setdefault(p, {})
                if not state:
                    state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["t"] += 1
                state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                state["v"] = beta2 * state["v"] + (1 - beta2) * p.grad**2
                m = state["m"] / (1 - beta1 ** state["t"])
                v = state["v"] / (1 - beta2 ** state["t"])
                p -= self.lr * m / (v.sqrt() + self.eps)
        return loss
