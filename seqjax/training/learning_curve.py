"""The learning curve of a run: losses of training and validation over steps, as a picture."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from seqjax.basics.whole_file import whole_file
from seqjax.training import logs

FILE = "learning_curve.png"


def draw(folder: Path) -> str:
    """Draws the losses in metrics.jsonl of a run's folder, beside it; says so in a line.

    Nothing where matplotlib is missing (``pip install 'seqjax[plots]'``) or a single evaluation
    makes no curve.
    """
    if importlib.util.find_spec("matplotlib") is None:
        return ""
    figures = logs.arrays(Path(folder) / logs.NAME)
    curves = {kind: figures[kind] for kind in ("train", "valid") if "loss" in figures[kind]}
    if len(curves.get("valid", {}).get("step", ())) < 2:
        return ""
    # Not pyplot: it needs to know of a screen, and keeps figures.
    from matplotlib.figure import Figure

    picture = Figure(figsize=(6, 4))
    axes = picture.add_subplot()
    for kind, curve in curves.items():
        axes.plot(curve["step"], curve["loss"], label=kind, marker="." if kind == "valid" else None)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.legend()
    picture.tight_layout()
    path = Path(folder) / FILE
    with whole_file(path) as temporary:
        picture.savefig(temporary, format="png", dpi=120)
    return f"learning curve: {path}"
