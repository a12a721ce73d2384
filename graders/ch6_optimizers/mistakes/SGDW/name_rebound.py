"""No parameter changes.

After step() every parameter has its old numbers, so nothing is ever learnt. Most often the cause is `p = p - …`: it
makes a new tensor and gives it the name p, inside your loop, while the model still holds the old tensor.
Change the numbers in place, with a method that ends in an underscore or with `-=`, under torch.no_grad().
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("in_place", "is_an_optimizer", "dtypes_and_shapes")


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p = p * (1 - group["lr"] * group["weight_decay"]) - group["lr"] * d
        return loss
