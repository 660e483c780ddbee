"""torch.nn.LSTM, GRU and RNN as a side of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.network import Weights, cell_of, transposed
from experiments.benchmark.problem import Problem, Results, Side, Unsupported, peer
from seqjax.basics.types import Params
from seqjax.interop import weights as convention

KINDS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def torch_side(case: Case, given: Problem, threads: int, device: str = "cpu") -> Side:
    """The module of torch, time first, on ``device`` ("cpu" or "cuda") with that many threads.

    Padded batches are packed and unpacked in each call, as a user must. The number of threads is
    torch's alone and of the whole process.

    Raises:
      Unsupported: without torch or the device, or where torch refuses the dtype.
    """
    torch = peer("torch")
    if device == "cuda" and not torch.cuda.is_available():
        raise Unsupported("torch has no CUDA device")
    torch.set_num_threads(threads)
    shape, dtype = case.shape, getattr(torch, case.dtype)
    net = getattr(torch.nn, KINDS[case.cell])(
        shape.inputs, shape.hidden, shape.layers, bidirectional=shape.bidirectional
    )
    stored = jax.tree.leaves(jax.jit(_store(case))(given.params))
    net.load_state_dict(
        {name: torch.tensor(np.asarray(a)) for name, a in zip(_names(shape), stored, strict=True)}
    )
    net = net.to(device, dtype)
    xs = torch.tensor(given.xs, dtype=dtype, device=device, requires_grad=case.mode == "gradient")
    lengths = None if given.lengths is None else torch.tensor(given.lengths)

    def outputs() -> Any:
        if lengths is None:
            return net(xs)[0]
        packing = torch.nn.utils.rnn
        packed = packing.pack_padded_sequence(xs, lengths, enforce_sorted=False)
        return packing.pad_packed_sequence(net(packed)[0], total_length=shape.steps)[0]

    # At the rate 0 the weights stay, and the work is the same.
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    state = None

    def forward() -> Any:
        with torch.inference_mode():
            return outputs()

    def gradient() -> tuple[Any, list[Any]]:
        ys = outputs()
        return ys, torch.autograd.grad(ys.float().square().sum(), [*net.parameters(), xs])

    def train() -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = outputs().float().square().sum()
        loss.backward()
        optimizer.step()
        return loss

    def token(t: int = 0) -> Any:
        nonlocal state
        with torch.inference_mode():
            y, state = net(xs[t : t + 1], state)
            return y

    work = {"forward": forward, "gradient": gradient, "train": train, "latency": token}[case.mode]

    def run() -> object:
        done = work()
        if device == "cuda":
            torch.cuda.synchronize()
        return done

    def results() -> Results:
        nonlocal state
        if case.mode == "forward":
            return Results(_array(forward()), {})
        if case.mode == "latency":
            state = None
            return Results(np.concatenate([_array(token(t)) for t in range(shape.steps)]), {})
        if case.mode == "gradient":
            ys, (*grads, dxs) = gradient()
            return Results(
                _array(ys), {"params": _ours(case, given, net, grads), "xs": _array(dxs)}
            )
        before = [_array(value) for value in net.parameters()]
        optimizer.param_groups[0]["lr"] = 1.0
        train()
        optimizer.param_groups[0]["lr"] = 0.0
        grads = [a - _array(b) for a, b in zip(before, net.parameters(), strict=True)]
        with torch.no_grad():
            for value, old in zip(net.parameters(), before, strict=True):
                value.copy_(torch.tensor(old))
        return Results(np.zeros(0), {"params": _ours(case, given, net, grads)})

    try:
        run()
    except RuntimeError as error:
        if case.dtype == "float32" or isinstance(error, torch.OutOfMemoryError):
            raise
        raise Unsupported(f"torch, {case.dtype}: {str(error).splitlines()[0]}") from error
    note = "packs and unpacks in each call" if shape.padded else ""
    return Side("torch", run, results, 0.0, None, note)


def _array(tensor: Any) -> np.ndarray:
    """float32 in NumPy, copied."""
    return tensor.detach().float().cpu().numpy().copy()


def _names(shape: Shape) -> list[str]:
    """Of torch's parameters, in the order of the leaves of what ``_store`` makes."""
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ends = [
        f"_l{i}{'_reverse' * back}" for i in range(shape.layers) for back in range(shape.directions)
    ]
    return [kind + end for end in ends for kind in kinds]


def _store(case: Case) -> Callable[[Weights], list[list[tuple]]]:
    """Our parameters -> [layer][direction] of torch's four arrays."""

    def one(params: Params) -> tuple:
        return convention.store("torch", params, cell_of(case))[:4]

    return lambda params: [[one(each) for each in layer] for layer in params]


def _ours(case: Case, given: Problem, net: Any, gradients: list[Any]) -> Weights:
    """Gradients for the parameters of ``net`` -> for ours."""
    arrays = [g if isinstance(g, np.ndarray) else _array(g) for g in gradients]
    found = dict(zip((name for name, _ in net.named_parameters()), arrays, strict=True))
    shape = jax.tree.structure(jax.eval_shape(_store(case), given.params))
    theirs = jax.tree.unflatten(shape, [found[name] for name in _names(case.shape)])
    return transposed(_store(case), given.params, theirs)
