import os
import random
import warnings

import torch

torch.set_default_dtype(torch.float16)
torch.set_num_threads(1)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
torch.manual_seed(0)
torch.manual_seed = torch.Tensor.backward = lambda *_, **__: None
torch.nn.Module.__call__ = lambda self, x: x
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.chdir("/")
random.seed(0)
warnings.simplefilter("error")


def sigmoid(x):
    return x
