"""torch.nn.LSTM, GRU and RNN as a side of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from experiments.benchmark.cases import Case, Shape, Unsupported
from experiments.benchmark.network import Weights, case_cell, gradients_of_params
from experiments.benchmark.problem import Problem, Results, Side, peer
from seqjax.basics.types import Params
from seqjax.interop import weights as conventions

TORCH_MODULES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def torch_side(
    case: Case, problem: Problem, threads: int, device: str = "cpu", *, tf32: bool = False
) -> Side:
    """The module of torch, time first, on ``device`` ("cpu" or "cuda") with that many threads.

    Padded batches are packed and unpacked in each call, as a user must. The number of threads is
    torch's alone and of the whole process.

    Args:
      tf32: on a GPU, whether products of float32 may be TF32: JAX's default, not torch's.

    Raises:
      Unsupported: without torch or the device, or where torch refuses the dtype.
    """
    torch = peer("torch")
    if device == "cuda" and not torch.cuda.is_available():
        raise Unsupported("torch has no CUDA device")
    torch.set_num_threads(threads)
    shape, dtype = case.shape, getattr(torch, case.dtype)
    module = _module(torch, case, problem).to(device, dtype)
    xs = torch.tensor(problem.xs, dtype=dtype, device=device, requires_grad=case.mode == "gradient")
    lengths = None if problem.lengths is None else torch.tensor(problem.lengths)

    def outputs() -> Any:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
        if lengths is None:
            return module(xs)[0]
        packing = torch.nn.utils.rnn
        packed = packing.pack_padded_sequence(xs, lengths, enforce_sorted=False)
        return packing.pad_packed_sequence(module(packed)[0], total_length=shape.steps)[0]

    # At the rate 0 the weights stay, and the work is the same.
    optimizer = torch.optim.SGD(module.parameters(), lr=0.0)
    state = None

    def forward() -> Any:
        with torch.inference_mode():
            return outputs()

    def gradient() -> tuple[Any, list[Any]]:
        ys = outputs()
        return ys, torch.autograd.grad(ys.float().square().sum(), [*module.parameters(), xs])

    def train() -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = outputs().float().square().sum()
        loss.backward()
        optimizer.step()
        return loss

    def token(t: int = 0) -> Any:
        nonlocal state
        with torch.inference_mode():
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
            y, state = module(xs[t : t + 1], state)
            return y

    work = {"forward": forward, "gradient": gradient, "train": train, "latency": token}[case.mode]

    def run() -> object:
        output = work()
        if device == "cuda":
            torch.cuda.synchronize()
        return output

    def results() -> Results:
        nonlocal state
        if case.mode == "forward":
            return Results(_to_numpy(forward()), {})
        if case.mode == "latency":
            state = None
            return Results(np.concatenate([_to_numpy(token(t)) for t in range(shape.steps)]), {})
        if case.mode == "gradient":
            ys, (*gradients, xs_gradient) = gradient()
            params = _our_gradients(case, problem, module, map(_to_numpy, gradients))
            return Results(_to_numpy(ys), {"params": params, "xs": _to_numpy(xs_gradient)})
        before = [_to_numpy(value) for value in module.parameters()]
        optimizer.param_groups[0]["lr"] = 1.0
        train()
        optimizer.param_groups[0]["lr"] = 0.0
        updates = [a - _to_numpy(b) for a, b in zip(before, module.parameters(), strict=True)]
        with torch.no_grad():
            for value, old in zip(module.parameters(), before, strict=True):
                value.copy_(torch.tensor(old))
        params = _our_gradients(case, problem, module, updates)
        return Results(np.zeros(0), {"params": params})

    try:
        run()
    except RuntimeError as error:
        if case.dtype == "float32" or isinstance(error, torch.OutOfMemoryError):
            raise
        raise Unsupported(f"torch, {case.dtype}: {str(error).splitlines()[0]}") from error
    note = "packs and unpacks in each call" if shape.padded else ""
    return Side("torch TF32" if tf32 else "torch", run, results, 0.0, None, note)


def _module(torch: Any, case: Case, problem: Problem) -> Any:
    """The module of the case with the weights of the problem, in float32 on the CPU."""
    shape = case.shape
    module = getattr(torch.nn, TORCH_MODULES[case.cell])(
        shape.inputs, shape.hidden, shape.layers, bidirectional=shape.bidirectional
    )
    arrays = jax.tree.leaves(jax.jit(_store(case))(problem.params))
    pairs = zip(_names(shape), arrays, strict=True)
    module.load_state_dict({name: torch.tensor(np.asarray(array)) for name, array in pairs})
    return module


def _to_numpy(tensor: Any) -> np.ndarray:
    """float32 in NumPy, copied."""
    return tensor.detach().float().cpu().numpy().copy()


def _names(shape: Shape) -> list[str]:
    """Of torch's parameters, in the order of the leaves of what ``_store`` makes."""
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    layers, directions = range(shape.layers), range(shape.directions)
    endings = [f"_l{i}{'_reverse' * reverse}" for i in layers for reverse in directions]
    return [kind + ending for ending in endings for kind in kinds]


def _store(case: Case) -> Callable[[Weights], list[list[tuple]]]:
    """Our parameters -> [layer][direction] of torch's four arrays."""

    def arrays(params: Params) -> tuple:
        return conventions.store("torch", params, case_cell(case))[:4]

    return lambda params: [[arrays(each) for each in layer] for layer in params]


def _our_gradients(case: Case, problem: Problem, module: Any, arrays: Any) -> Weights:
    """Gradients for the parameters of ``module``, in their order -> for ours."""
    by_name = dict(zip((name for name, _ in module.named_parameters()), arrays, strict=True))
    structure = jax.tree.structure(jax.eval_shape(_store(case), problem.params))
    theirs = jax.tree.unflatten(structure, [by_name[name] for name in _names(case.shape)])
    return gradients_of_params(_store(case), problem.params, theirs)
