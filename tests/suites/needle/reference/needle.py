# %% [markdown]
# # Optimizers
#
# A parameter holds its values and its gradient, both numpy arrays.

# %%
import numpy as np


# %%
class Parameter:
    """An array that is learned. Given."""

    def __init__(self, data):
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = None


class Linear:
    """A linear map with a squared loss. Given."""

    def __init__(self, n, m):
        self.weight = Parameter(np.linspace(-1, 1, n * m).reshape(n, m))
        self.bias = Parameter(np.zeros(m))

    def parameters(self):
        return [self.weight, self.bias]

    def loss_and_gradients(self, X, y):
        difference = X @ self.weight.data + self.bias.data - y
        self.weight.grad = 2 * X.T @ difference / len(X)
        self.bias.grad = 2 * difference.mean(0)
        return (difference**2).sum(1).mean()


# %%
class SGD:
    """Gradient descent with momentum and weight decay."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        self.params, self.lr, self.momentum, self.weight_decay = params, lr, momentum, weight_decay
        self.u = {}

    def reset_grad(self):
        """Forget the gradients."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Update the parameters."""
        ### BEGIN SOLUTION
        for p in self.params:
            grad = p.grad + self.weight_decay * p.data
            self.u[p] = self.momentum * self.u.get(p, 0) + (1 - self.momentum) * grad
            p.data = p.data - self.lr * self.u[p]
        ### END SOLUTION


# %%
class Adam:
    """Adam with bias correction and weight decay."""

    def __init__(self, params, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        self.params, self.lr, self.beta1, self.beta2 = params, lr, beta1, beta2
        self.eps, self.weight_decay = eps, weight_decay
        self.t, self.m, self.v = 0, {}, {}

    def reset_grad(self):
        """Forget the gradients."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Update the parameters."""
        ### BEGIN SOLUTION
        self.t += 1
        for p in self.params:
            grad = p.grad + self.weight_decay * p.data
            self.m[p] = self.beta1 * self.m.get(p, 0) + (1 - self.beta1) * grad
            self.v[p] = self.beta2 * self.v.get(p, 0) + (1 - self.beta2) * grad**2
            m, v = self.m[p] / (1 - self.beta1**self.t), self.v[p] / (1 - self.beta2**self.t)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)
        ### END SOLUTION


# %%
def softmax_regression_epoch(X, y, theta, lr=0.1, batch=100):
    """Run an epoch of stochastic gradient descent for softmax regression: change theta in place."""
    ### BEGIN SOLUTION
    for start in range(0, len(X), batch):
        x, labels = X[start : start + batch], y[start : start + batch]
        z = np.exp(x @ theta)
        z /= z.sum(1, keepdims=True)
        z[np.arange(len(labels)), labels] -= 1
        theta -= lr / batch * (x.T @ z)
    ### END SOLUTION
