import numpy as np
from needle import softmax_regression_epoch


def test_softmax_regression_epoch():
    np.random.seed(0)
    X = np.random.randn(50, 5).astype(np.float32)
    y = np.random.randint(3, size=(50,)).astype(np.uint8)
    theta = np.zeros((5, 3), dtype=np.float32)

    def gradient(theta):
        z = np.exp(X @ theta)
        z /= z.sum(1, keepdims=True)
        return X.T @ (z - np.eye(3)[y]) / 50

    expected = -1.0 * gradient(theta)
    softmax_regression_epoch(X, y, theta, lr=1.0, batch=50)
    np.testing.assert_allclose(theta, expected, rtol=1e-4, atol=1e-4)


def test_softmax_regression_epoch_in_batches():
    np.random.seed(1)
    X = np.random.randn(40, 5).astype(np.float32)
    y = np.random.randint(3, size=(40,)).astype(np.uint8)
    once, twice = np.zeros((5, 3), dtype=np.float32), np.zeros((5, 3), dtype=np.float32)
    softmax_regression_epoch(X, y, once, lr=0.5, batch=10)
    for start in range(0, 40, 10):
        softmax_regression_epoch(X[start : start + 10], y[start : start + 10], twice, lr=0.5, batch=10)
    np.testing.assert_allclose(once, twice, rtol=1e-4, atol=1e-5)
