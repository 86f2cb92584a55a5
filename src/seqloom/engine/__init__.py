"""Training and forward passes in JAX. The engine knows pure functions and arrays; what a layer is, it does not know.

Its names load JAX (0.5 s) only when they are asked for.
"""

from seqloom.lazy import resolve_lazily

__all__ = [
    "ByRow",
    "Forward",
    "Functions",
    "Progress",
    "TrainState",
    "check_n_devices",
    "choose_n_devices",
    "compile_forward",
    "count_step_work",
    "count_steps",
    "export_forward",
    "load_forward",
    "name_arrays",
    "prepare_jax",
    "run_forward",
    "state_from_arrays",
    "trace_losses",
    "train",
]

__getattr__ = resolve_lazily(
    __name__,
    {
        "ByRow": "seqloom.engine.state",
        "Forward": "seqloom.engine.forward",
        "Functions": "seqloom.engine.state",
        "Progress": "seqloom.engine.loop",
        "TrainState": "seqloom.engine.state",
        "check_n_devices": "seqloom.engine.devices",
        "choose_n_devices": "seqloom.engine.devices",
        "compile_forward": "seqloom.engine.forward",
        "count_step_work": "seqloom.engine.work",
        "count_steps": "seqloom.engine.loop",
        "export_forward": "seqloom.engine.forward",
        "load_forward": "seqloom.engine.forward",
        "name_arrays": "seqloom.engine.state",
        "prepare_jax": "seqloom.engine.devices",
        "run_forward": "seqloom.engine.forward",
        "state_from_arrays": "seqloom.engine.state",
        "trace_losses": "seqloom.engine.loop",
        "train": "seqloom.engine.loop",
    },
)
