"""Training: an optimizer and its schedule, a compiled step, the loop, checkpoints, logs."""

__all__ = [
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
    "metric_accumulator",
    "optimizers",
    "progress",
    "rates",
    "schedules",
    "step",
]
