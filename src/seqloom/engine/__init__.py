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
    "prepare_jax",
    "read_progress",
    "run_forward",
    "trace_losses",
    "train",
    "write_progress",
]

__getattr__ = resolve_lazily(
    __name__,
    {
        "ByRow": "seqloom.engine.state",
        "Forward": "seqloom.engine.forward",
        "Functions": "seqloom.engine.state",
        "Progress": "seqloom.engine.progress",
        "TrainState": "seqloom.engine.state",
        "check_n_devices": "seqloom.engine.devices",
        "choose_n_devices": "seqloom.engine.devices",
        "compile_forward": "seqloom.engine.forward",
        "count_step_work": "seqloom.engine.work",
        "count_steps": "seqloom.engine.loop",
        "export_forward": "seqloom.engine.forward",
        "load_forward": "seqloom.engine.forward",
        "prepare_jax": "seqloom.engine.devices",
        "read_progress": "seqloom.engine.progress",
        "run_forward": "seqloom.engine.forward",
        "trace_losses": "seqloom.engine.loop",
        "train": "seqloom.engine.loop",
        "write_progress": "seqloom.engine.progress",
    },
)
