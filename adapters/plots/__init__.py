"""Figures for papers and reports, drawn with matplotlib (extra `viz`)."""

from .alignment import alignment_distribution, similarity_distribution
from .confusion import confusion_matrix
from .heat import similarity_heatmap
from .library import check_matplotlib
from .of_report import report_figure, report_figures
from .pareto import pareto_curve
from .recall import recall_curves
from .reliability import reliability_diagram, risk_coverage_curve
from .rows import robustness_bars, slice_intervals
from .saving import figure_bytes, save_figure
from .strip import retrieval_results
from .training import training_figure

__all__ = [
    "alignment_distribution",
    "check_matplotlib",
    "confusion_matrix",
    "figure_bytes",
    "pareto_curve",
    "recall_curves",
    "reliability_diagram",
    "report_figure",
    "report_figures",
    "retrieval_results",
    "risk_coverage_curve",
    "robustness_bars",
    "save_figure",
    "similarity_distribution",
    "similarity_heatmap",
    "slice_intervals",
    "training_figure",
]
