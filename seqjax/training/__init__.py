"""Training: an optimizer and its schedule, a compiled step, the loop, checkpoints, logs."""

__all__ = [
    "accumulation",
    "adaptation",
    "checkpoints",
    "compile_time",
    "config",
    "evaluate",
    "fit",
    "interrupts",
    "learning_curve",
    "leaves",
    "logs",
    "loop_config",
    "metric_accumulator",
    "nonfinite",
    "optimizers",
    "progress",
    "rates",
    "resume",
    "schedules",
    "step",
]
