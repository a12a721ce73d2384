# %% [markdown]
# # Values

# %%
import itertools
import random


# %%
class Value:
    """A number that remembers how it was computed."""

    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __mul__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __pow__(self, other):
        ### BEGIN SOLUTION
        out = Value(self.data**other, (self,), f"**{other}")

        def _backward():
            self.grad += other * self.data ** (other - 1) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def relu(self):
        """Return the value, or 0 if it is negative."""
        ### BEGIN SOLUTION
        out = Value(max(0, self.data), (self,), "ReLU")

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def backward(self):
        """Compute the gradient of everything that this value was computed from."""
        ### BEGIN SOLUTION
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for child in value._prev:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1
        for value in reversed(order):
            value._backward()
        ### END SOLUTION

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"


# %%
class MLP:
    """Layers of neurons, each with a ReLU but for the last layer's."""

    def __init__(self, nin, nouts):
        ### BEGIN SOLUTION
        sizes = [nin, *nouts]
        self.layers = [
            [([Value(random.uniform(-1, 1)) for _ in range(n)], Value(0)) for _ in range(m)]
            for n, m in itertools.pairwise(sizes)
        ]
        ### END SOLUTION

    def __call__(self, x):
        ### BEGIN SOLUTION
        for index, layer in enumerate(self.layers):
            x = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in layer]
            if index < len(self.layers) - 1:
                x = [v.relu() for v in x]
        return x[0] if len(x) == 1 else x
        ### END SOLUTION

    def parameters(self):
        """Return the weights and biases."""
        ### BEGIN SOLUTION
        return [p for layer in self.layers for ws, b in layer for p in [*ws, b]]
        ### END SOLUTION

    def zero_grad(self):
        """Forget the gradients."""
        for p in self.parameters():
            p.grad = 0
