"""All parameters in one vector.

`parameters_to_vector` fails for a parameter that is a transposed view. And a vector has one dtype, so parameters of
different dtypes come back in the widest of them. Update each parameter by itself.
"""

from torch.nn.utils import parameters_to_vector, vector_to_parameters

FAILS = ("any_iterable",)


def sgd_step(parameters, lr):
    moving = [p for p in parameters if p.grad is not None]
    with torch.no_grad():
        vector = parameters_to_vector(moving) - lr * parameters_to_vector(p.grad for p in moving)
        vector_to_parameters(vector, moving)
    for p in moving:
        p.grad = None
