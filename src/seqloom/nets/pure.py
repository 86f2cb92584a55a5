"""A Keras net as pure functions over arrays: what the engine compiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from seqloom.nets.defaults import OWN_NET
from seqloom.nets.objectives import Objective, judge_classes

__all__ = ["PureNet", "make_pure", "order_inputs"]

# How far the seeds of neighbouring devices lie apart: 2 ** 32 by the golden ratio, whose multiples keep away from each
# other. The seeds of layers lie side by side, so with 1 a layer on one device would draw as its neighbour on the next.
_SEED_STRIDE = 0x9E3779B9


@dataclass(frozen=True, kw_only=True)
class PureNet:
    """A net, its loss and its optimizer as functions, and the arrays they begin with.

    The first seven, and ``told``, are as ``engine.state.Functions`` wants them. ``weights`` are all that a saved net
    needs, trained or frozen, in the order of ``names`` (our own names, ``embed/embeddings``: Keras counts its own up).
    Among what training hands on, ``pick(trainable, fixed) -> weights, seeds`` finds them; ``lay(weights, seeds) ->
    trainable, fixed`` is its inverse. ``infer(weights, *inputs)``, in the order in which the net takes them, gives what
    the net answers: probabilities ``[B, K]`` of classes.
    """

    call: Callable[..., Any]
    loss: Callable[..., Any]
    judge: Callable[..., Any]
    update: Callable[..., Any]
    shift_seeds: Callable[..., Any]
    settle: Callable[..., Any]
    find_rate: Callable[..., float]
    pick: Callable[..., Any]
    lay: Callable[..., Any]
    infer: Callable[..., Any]
    trainable: tuple[np.ndarray, ...]
    fixed: tuple[np.ndarray, ...]
    optimizer: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    told: str


def make_pure(
    net: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    *,
    objective: Objective | None = None,
) -> PureNet:
    """The functions and first arrays of a net.

    Parameters
    ----------
    net : keras.Model
        Its inputs stand in the order of ``engine.gather.INPUTS``, and are called so.
    optimizer : keras.optimizers.Optimizer
        Built here for the net's variables. Biases and the weights of normalisations are left out of its weight decay:
        they shift and stretch, and a smaller one is not a simpler one.
    objective : Objective or None
        What its outputs are for; None: logits of classes, ``[B, 1]`` for two of them or ``[B, K]``.

    Returns
    -------
    PureNet
        Its arrays are copies: training leaves the Keras objects as they are.

    Source of the former: Krogh and Hertz (1991), A Simple Weight Decay Can Improve Generalization.
    """
    flat = [variable for variable in net.trainable_variables if len(variable.shape) < 2]
    optimizer.exclude_from_weight_decay(var_list=flat, var_names=["bias"])  # a GRU's bias is a matrix
    optimizer.build(net.trainable_variables)
    objective = objective or judge_classes(net.output_shape[-1])
    trainable, fixed = _copy(net.trainable_variables), _copy(net.non_trainable_variables)

    def call(trainable: Any, fixed: Any, inputs: Any, training: bool) -> tuple[Any, Any, Any]:
        # return_losses: without it Keras leaves regularisers out in silence
        outputs, fixed, losses = net.stateless_call(
            list(trainable), list(fixed), order_inputs(net, inputs), training=training, return_losses=True
        )
        return outputs, fixed, sum(losses) if losses else 0.0

    def update(gradients: Any, trainable: Any, state: Any) -> tuple[Any, Any]:
        return optimizer.stateless_apply(list(state), list(gradients), list(trainable))

    pick, lay = _find_weights(net)
    _, seeds = pick(trainable, fixed)

    def infer(weights: Sequence[Any], *inputs: Any) -> Any:
        outputs, _ = net.stateless_call(*lay(weights, seeds), _give(inputs), training=False)
        return objective.answer(outputs)

    return PureNet(
        call=call,
        loss=objective.loss,
        judge=objective.judge,
        update=update,
        shift_seeds=_find_seeds(net),
        settle=_find_average(optimizer),
        find_rate=_find_schedule(optimizer),
        pick=pick,
        lay=lay,
        infer=infer,
        trainable=trainable,
        fixed=fixed,
        optimizer=_copy(optimizer.variables),
        names=_name_weights(net),
        told=objective.told,
    )


def order_inputs(net: keras.Model, inputs: Mapping[str, Any]) -> Any:
    """What a ``net`` is called with, of ``inputs`` by name: the one that it takes, or all in the order of its own."""
    is_one = len(net.inputs) == 1  # whatever a net of the user's own calls it
    return _give(list(inputs.values()) if is_one else [inputs[tensor.name] for tensor in net.inputs])


def _give(inputs: Sequence[Any]) -> Any:
    """The inputs as Keras takes them: in a list, or the only one."""
    return list(inputs) if len(inputs) > 1 else inputs[0]


def _name_weights(net: keras.Model) -> tuple[str, ...]:
    """Our own names; those of a net of the user's own by number, as Keras counts layers without a name on and on."""
    if net.name != OWN_NET:
        return tuple(variable.path for variable in net.weights)
    return tuple(f"{i:03}/{variable.name}" for i, variable in enumerate(net.weights))


def _find_weights(net: keras.Model) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``pick`` and ``lay``: a frozen weight stands among the fixed variables, between the seeds of dropout."""
    n = len(net.trainable_variables)
    numbers = {id(v): i for i, v in enumerate((*net.trainable_variables, *net.non_trainable_variables))}
    of_weights = [numbers.pop(id(variable)) for variable in net.weights]
    order = np.argsort([*of_weights, *numbers.values()])

    def pick(trainable: Sequence[Any], fixed: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        everything = (*trainable, *fixed)
        return tuple(everything[i] for i in of_weights), tuple(everything[i] for i in numbers.values())

    def lay(weights: Sequence[Any], seeds: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        everything = (*weights, *seeds)
        laid = tuple(everything[i] for i in order)
        return laid[:n], laid[n:]

    return pick, lay


def _find_average(optimizer: keras.optimizers.Optimizer) -> Callable[..., Any]:
    """``settle(trainable, optimizer) -> trainable``: the average that the optimizer keeps of them, if it does."""
    places = [i for i, variable in enumerate(optimizer.variables) if variable.name.endswith("_average")]
    return (lambda _, state: tuple(state[i] for i in places)) if optimizer.use_ema else lambda trainable, _: trainable


def _find_schedule(optimizer: keras.optimizers.Optimizer) -> Callable[[Sequence[Any], int], float]:
    """``find_rate(optimizer, ahead) -> float``; the rate of a step depends on how many were made before."""
    place = next(i for i, variable in enumerate(optimizer.variables) if variable is optimizer.iterations)

    def find_rate(state: Sequence[Any], ahead: int) -> float:
        step = ops.convert_to_tensor(state[place] + ahead)
        with keras.StatelessScope(state_mapping=[(optimizer.iterations, step)]):
            return float(optimizer.learning_rate)

    return find_rate


def _find_seeds(net: keras.Model) -> Callable[[Sequence[Any], Any], tuple[Any, ...]]:
    """``shift_seeds``: a seed is two words, the second of which counts the draws."""
    weights = {id(variable) for variable in net.weights}
    is_seed = [id(variable) not in weights for variable in net.non_trainable_variables]

    def shift(fixed: Sequence[Any], number: Any) -> tuple[Any, ...]:
        by = ops.cast(number, "uint32") * np.uint32(_SEED_STRIDE)  # modulo 2 ** 32, there and back
        shift = ops.stack([by, ops.zeros_like(by)])
        return tuple(leaf + shift if moves else leaf for leaf, moves in zip(fixed, is_seed, strict=True))

    return shift


def _copy(variables: Sequence[Any]) -> tuple[np.ndarray, ...]:
    return tuple(np.array(variable.value) for variable in variables)
