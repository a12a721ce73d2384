import torch

STEP = torch.optim.SGD.step
INIT_GROUP = torch.optim.SGD._init_group


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        options = dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov)
        rest = dict(maximize=False, foreach=False, differentiable=False, fused=False)
        super().__init__(params, {**options, **rest})

    step, _init_group = STEP, INIT_GROUP
