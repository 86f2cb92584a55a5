"""A Keras net as pure functions over arrays: what the engine compiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from seqloom.nets.defaults import OWN_NET

__all__ = ["PureNet", "make_pure", "order_inputs"]

# How far the seeds of neighbouring devices lie apart: 2 ** 32 by the golden ratio, whose multiples keep away from each
# other. The seeds of layers lie side by side, so with 1 a layer on one device would draw as its neighbour on the next.
_SEED_STRIDE = 0x9E3779B9


@dataclass(frozen=True, kw_only=True)
class PureNet:
    """A net, its loss and its optimizer as functions, and the arrays they begin with.

    The first seven are as ``engine.state.Functions`` wants them. ``weights`` are all that a saved net needs, trained or
    frozen, in the order of ``names`` (our own names, ``embed/embeddings``: Keras counts its own up). Among what
    training hands on, ``pick(trainable, fixed) -> weights, seeds`` finds them; ``lay(weights, seeds) -> trainable,
    fixed`` is its inverse. ``infer(weights, ids) -> [B, K]``, or ``infer(weights, ids, columns)`` where the net takes
    these too, gives probabilities.
    """

    call: Callable[..., Any]
    loss: Callable[..., Any]
    is_hit: Callable[..., Any]
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


def make_pure(
    net: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    *,
    label_smoothing: float = 0.0,
    multilabel: bool = False,
) -> PureNet:
    """The functions and first arrays of a net that maps ``ids``, or ``ids`` and ``columns``, to logits.

    Parameters
    ----------
    net : keras.Model
        Its outputs are ``[B, 1]`` for two classes or ``[B, K]``.
    optimizer : keras.optimizers.Optimizer
        Built here for the net's variables. Biases and the weights of normalisations are left out of its weight decay:
        they shift and stretch, and a smaller one is not a simpler one.
    label_smoothing : float
        Share of the target that is spread over all classes.
    multilabel : bool
        Whether rows have several labels at once, ``[B, K]`` of 0 and 1: each output then answers for itself, and the
        loss is the mean of theirs.

    Returns
    -------
    PureNet
        Its arrays are copies: training leaves the Keras objects as they are.

    Source of the two: Krogh and Hertz (1991), A Simple Weight Decay Can Improve Generalization; Szegedy et al. (2016),
    Rethinking the Inception Architecture, section 7.
    """
    flat = [variable for variable in net.trainable_variables if len(variable.shape) < 2]
    optimizer.exclude_from_weight_decay(var_list=flat, var_names=["bias"])  # a GRU's bias is a matrix
    optimizer.build(net.trainable_variables)
    n_outputs = net.output_shape[-1]
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

    def infer(weights: Sequence[Any], ids: Any, *columns: Any) -> Any:
        outputs, _ = net.stateless_call(*lay(weights, seeds), [ids, *columns] if columns else ids, training=False)
        return ops.sigmoid(outputs) if multilabel else _share(outputs)

    loss, is_hit = _OBJECTIVES["multilabel" if multilabel else "binary" if n_outputs == 1 else "multiclass"]
    return PureNet(
        call=call,
        loss=partial(loss, smoothing=label_smoothing),
        is_hit=is_hit,
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
    )


def order_inputs(net: keras.Model, inputs: Mapping[str, Any]) -> Any:
    """What a ``net`` is called with, of ``inputs`` by name: ``ids`` alone, or ``ids`` and ``columns``."""
    return inputs["ids"] if len(net.inputs) == 1 else [inputs["ids"], inputs["columns"]]


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


def _share(logits: Any) -> Any:
    """Probabilities ``[B, K]`` from logits ``[B, 1]`` or ``[B, K]``."""
    if logits.shape[-1] == 1:
        positive = ops.sigmoid(logits)
        return ops.concatenate([1.0 - positive, positive], axis=-1)
    return ops.softmax(logits, axis=-1)


def _binary_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    spread = ops.cast(target, logits.dtype) * (1.0 - smoothing) + smoothing / 2
    return ops.binary_crossentropy(spread, logits[:, 0], from_logits=True)


def _multiclass_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    loss = ops.sparse_categorical_crossentropy(target, logits, from_logits=True)
    if not smoothing:
        return loss
    of_equal_shares = -ops.mean(ops.log_softmax(logits, axis=-1), axis=-1)
    return loss * (1.0 - smoothing) + of_equal_shares * smoothing


def _multilabel_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    spread = ops.cast(target, logits.dtype) * (1.0 - smoothing) + smoothing / 2
    return ops.mean(ops.binary_crossentropy(spread, logits, from_logits=True), axis=-1)


def _is_binary_hit(target: Any, logits: Any) -> Any:
    return ops.cast(ops.equal(target, ops.cast(logits[:, 0] > 0, target.dtype)), logits.dtype)


def _is_multiclass_hit(target: Any, logits: Any) -> Any:
    return ops.cast(ops.equal(target, ops.cast(ops.argmax(logits, axis=-1), target.dtype)), logits.dtype)


def _is_multilabel_hit(target: Any, logits: Any) -> Any:
    is_right = ops.equal(ops.cast(target, "bool"), logits > 0)
    return ops.cast(ops.all(is_right, axis=-1), logits.dtype)


# Loss and hit of a row, ``[B]`` each.
_OBJECTIVES = {
    "binary": (_binary_loss, _is_binary_hit),
    "multiclass": (_multiclass_loss, _is_multiclass_hit),
    "multilabel": (_multilabel_loss, _is_multilabel_hit),
}
