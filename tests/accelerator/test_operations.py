"""Operation by operation: the device gives the CPU's numbers and gradients, from torch's own database of samples."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

from torchdojo.probe.accelerator import simulated_accelerator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

# What a course can meet: arithmetic, comparison, reductions, shapes, indexing, linear algebra, and the layers.
NAMES = [
    "abs",
    "add",
    "addbmm",
    "addcdiv",
    "addcmul",
    "addmm",
    "addmv",
    "addr",
    "all",
    "amax",
    "amin",
    "aminmax",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "atan2",
    "baddbmm",
    "bmm",
    "broadcast_to",
    "cat",
    "cdist",
    "ceil",
    "chunk",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clone",
    "contiguous",
    "corrcoef",
    "cos",
    "count_nonzero",
    "cov",
    "cross",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "deg2rad",
    "diag",
    "diag_embed",
    "diagonal",
    "diff",
    "dist",
    "div",
    "dot",
    "einsum",
    "eq",
    "erf",
    "exp",
    "expand",
    "expand_as",
    "expm1",
    "fill",
    "flatten",
    "flip",
    "fliplr",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "full_like",
    "gather",
    "ge",
    "gt",
    "heaviside",
    "histc",
    "hstack",
    "hypot",
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "index_select",
    "inner",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "kron",
    "kthvalue",
    "le",
    "lerp",
    "linalg.norm",
    "linalg.vector_norm",
    "linalg.solve",
    "linalg.inv",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logit",
    "logsumexp",
    "lt",
    "masked_fill",
    "masked_scatter",
    "masked_select",
    "matmul",
    "max",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mm",
    "movedim",
    "msort",
    "mul",
    "multinomial",
    "mv",
    "nan_to_num",
    "nanmean",
    "nansum",
    "narrow",
    "ne",
    "neg",
    "nn.functional.adaptive_avg_pool2d",
    "nn.functional.adaptive_max_pool2d",
    "nn.functional.avg_pool1d",
    "nn.functional.avg_pool2d",
    "nn.functional.batch_norm",
    "nn.functional.binary_cross_entropy",
    "nn.functional.binary_cross_entropy_with_logits",
    "nn.functional.conv1d",
    "nn.functional.conv2d",
    "nn.functional.conv_transpose2d",
    "nn.functional.cosine_similarity",
    "nn.functional.cross_entropy",
    "nn.functional.elu",
    "nn.functional.embedding",
    "nn.functional.gelu",
    "nn.functional.glu",
    "nn.functional.group_norm",
    "nn.functional.hardsigmoid",
    "nn.functional.hardtanh",
    "nn.functional.huber_loss",
    "nn.functional.instance_norm",
    "nn.functional.interpolate",
    "nn.functional.kl_div",
    "nn.functional.l1_loss",
    "nn.functional.layer_norm",
    "nn.functional.leaky_relu",
    "nn.functional.linear",
    "nn.functional.local_response_norm",
    "nn.functional.logsigmoid",
    "nn.functional.max_pool1d",
    "nn.functional.max_pool2d",
    "nn.functional.mse_loss",
    "nn.functional.multi_margin_loss",
    "nn.functional.nll_loss",
    "nn.functional.normalize",
    "nn.functional.pad",
    "nn.functional.pairwise_distance",
    "nn.functional.prelu",
    "nn.functional.relu",
    "nn.functional.relu6",
    "nn.functional.silu",
    "nn.functional.smooth_l1_loss",
    "nn.functional.softmin",
    "nn.functional.softplus",
    "nn.functional.softsign",
    "nn.functional.tanhshrink",
    "nn.functional.threshold",
    "nn.functional.unfold",
    "nn.functional.upsample_nearest",
    "nonzero",
    "norm",
    "ones_like",
    "outer",
    "permute",
    "pow",
    "prod",
    "rad2deg",
    "ravel",
    "reciprocal",
    "remainder",
    "renorm",
    "repeat",
    "repeat_interleave",
    "reshape",
    "reshape_as",
    "roll",
    "rot90",
    "round",
    "rsqrt",
    "rsub",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "searchsorted",
    "select",
    "sgn",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "std_mean",
    "sub",
    "sum",
    "sum_to_size",
    "svd",
    "swapaxes",
    "t",
    "take",
    "take_along_dim",
    "tan",
    "tanh",
    "tensor_split",
    "tensordot",
    "tile",
    "topk",
    "trace",
    "transpose",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "unbind",
    "unflatten",
    "unfold",
    "unique",
    "unique_consecutive",
    "unsqueeze",
    "var",
    "var_mean",
    "vdot",
    "view",
    "view_as",
    "vsplit",
    "vstack",
    "where",
    "zero_",
    "zeros_like",
]
KNOWN = [op for op in op_db if op.name in NAMES and op.variant_test_name != "without_cudnn"]
SAMPLES = 6


def samples(op: Any) -> list[Any]:
    dtype = torch.float64 if torch.float64 in op.dtypes else next(iter(op.dtypes))
    grad = op.supports_autograd and dtype == torch.float64
    return list(op.sample_inputs("cpu", dtype, requires_grad=grad))[:SAMPLES]


def outcome(op: Any, sample: Any, device: str) -> tuple[list[Any], list[Any], list[str]]:
    """Return what an operation gives on a device, its inputs' gradients, and where the outputs are."""

    def placed(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        return value.detach().clone().to(device).requires_grad_(value.requires_grad)

    arguments = tree_map(placed, (sample.input, sample.args, sample.kwargs))
    torch.manual_seed(0)
    out = op(arguments[0], *arguments[1], **arguments[2])
    outs = [o for o in tree_leaves(out) if isinstance(o, torch.Tensor)]
    total = sum(o.abs().sum() for o in outs if o.requires_grad)
    if isinstance(total, torch.Tensor):
        total.backward()
    leaves = [a for a in tree_leaves(arguments) if isinstance(a, torch.Tensor) and a.requires_grad]
    grads = [None if leaf.grad is None else leaf.grad.detach().cpu() for leaf in leaves]
    return [o.detach().cpu() for o in outs], grads, [str(o.device) for o in outs]


def same(a: Any, b: Any) -> None:
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        assert (x is None) == (y is None)
        if x is not None:
            torch.testing.assert_close(x, y, rtol=1e-9, atol=1e-12, equal_nan=True)


def test_the_database_has_what_the_list_names() -> None:
    assert len({op.name for op in KNOWN}) >= 250


@pytest.mark.parametrize("op", KNOWN, ids=lambda op: f"{op.name}.{op.variant_test_name}".rstrip("."))
def test_same_numbers_and_gradients_as_the_cpu(op: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = samples(op)
        expected = [outcome(op, sample, "cpu") for sample in drawn]
        with simulated_accelerator():
            got = [outcome(op, sample, "cuda") for sample in drawn]
    for (out, grads, places), (known, known_grads, _) in zip(got, expected, strict=True):
        same(out, known)
        same(grads, known_grads)
        assert set(places) <= {"cuda:0"}
