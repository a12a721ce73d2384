"""The count not saved.

Within one run the noise fades, but a run that is resumed from a state_dict starts with the full noise again. Most often
t is an ordinary attribute, such as `self.t`: state_dict() saves only `state` and `param_groups`.
Read: Optimizer.state_dict · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html
"""

FAILS = ("resumed",)


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma})
        self.generator = generator
        self.t = 0

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        t = self.t
        with torch.no_grad():
            for group in self.param_groups:
                std = noise_std(t, group["eta"], group["gamma"])
                add_gradient_noise_(group["params"], std, self.generator)
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(p.grad, alpha=group["lr"])
        self.t = t + 1
        return loss
