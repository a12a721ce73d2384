import needle as ndl
import numpy as np


def learn(opt_class, epochs=5, **options):
    """Return the loss after some epochs on fixed data."""
    np.random.seed(0)
    X, y = np.random.randn(32, 4), np.random.randn(32, 2)
    model = ndl.Linear(4, 2)
    opt = opt_class(model.parameters(), **options)
    for _ in range(epochs):
        opt.reset_grad()
        model.loss_and_gradients(X, y)
        opt.step()
    return np.array(model.loss_and_gradients(X, y))


def test_sgd_vanilla():
    np.testing.assert_allclose(learn(ndl.SGD, lr=0.05), np.array(SGD_VANILLA), rtol=1e-5, atol=1e-5)


def test_sgd_momentum():
    np.testing.assert_allclose(learn(ndl.SGD, lr=0.05, momentum=0.9), np.array(SGD_MOMENTUM), rtol=1e-5, atol=1e-5)


def test_sgd_weight_decay():
    np.testing.assert_allclose(learn(ndl.SGD, lr=0.05, weight_decay=0.1), np.array(SGD_DECAY), rtol=1e-5, atol=1e-5)


def test_adam():
    np.testing.assert_allclose(learn(ndl.Adam, lr=0.05), np.array(ADAM), rtol=1e-5, atol=1e-5)


def test_adam_weight_decay_and_bias_correction():
    np.testing.assert_allclose(learn(ndl.Adam, lr=0.05, weight_decay=0.1), np.array(ADAM_DECAY), rtol=1e-5, atol=1e-5)


# The losses of the course's own library.
SGD_VANILLA, SGD_MOMENTUM, SGD_DECAY = 2.68488912, 4.22436626, 2.62991019
ADAM, ADAM_DECAY = 3.15524493, 3.15605270
