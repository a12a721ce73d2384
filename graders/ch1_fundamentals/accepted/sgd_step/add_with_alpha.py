"""With add_ and its factor."""


def sgd_step(parameters, lr):
    with torch.inference_mode(False), torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p.add_(p.grad, alpha=-lr)
                p.grad = None
