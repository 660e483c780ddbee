"""Plots of what diagnostics measure: (data) -> a figure of matplotlib, of the extra ``plots``.

``style`` says how all of them look, and saves them. ``hover_html`` makes a figure of lines a
part of a page that tells values where the pointer is, by the extra ``hover``.
"""

from seqjax.diagnostics.plots.fixed_points import fixed_points_figure
from seqjax.diagnostics.plots.gate_saturation import saturation_figure
from seqjax.diagnostics.plots.gradient_flow import loss_gradient_figure, state_flow_figure
from seqjax.diagnostics.plots.heat_map import heat_map_figure, heat_map_html
from seqjax.diagnostics.plots.hover import hover_html, library_html
from seqjax.diagnostics.plots.lyapunov import lyapunov_figure
from seqjax.diagnostics.plots.panels import name_points
from seqjax.diagnostics.plots.step_jacobian import spectrum_figure
from seqjax.diagnostics.plots.tracking import tracking_figure

__all__ = [
    "fixed_points_figure",
    "heat_map_figure",
    "heat_map_html",
    "hover_html",
    "library_html",
    "loss_gradient_figure",
    "lyapunov_figure",
    "name_points",
    "saturation_figure",
    "spectrum_figure",
    "state_flow_figure",
    "tracking_figure",
]
