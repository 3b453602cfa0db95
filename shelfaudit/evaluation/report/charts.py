"""The curves of the report, as SVG: told apart by line style as well as by colour."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from shelfaudit.domain.palette import BRAND_COLOURS
from shelfaudit.evaluation.coco import LIMITED
from shelfaudit.evaluation.results import EvaluationResult

BLUE, ORANGE, GREEN = BRAND_COLOURS[:3]
GREY = "#6B7280"
_SIZE = (5.2, 3.9)
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "shelfaudit",  # the same numbers give the same file
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E5E7EB",
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}


def precision_recall_chart(result: EvaluationResult) -> bytes:
    """Precision against recall at IoU .50 and .75."""
    with mpl.rc_context(_STYLE):
        figure, axes = _unit_axes("recall", "precision")
        recalls = np.linspace(0, 1, 101)
        for curve, colour, line in zip(result.curves, (BLUE, ORANGE), ("-", "--"), strict=True):
            area = curve.precision.mean()
            axes.plot(recalls, curve.precision, line, color=colour, label=f"IoU {curve.iou:.2f} (AP {area:.3f})")
        precision, recall = result.at_threshold.precision, result.at_threshold.recall
        if precision is not None:
            threshold = result.at_threshold.threshold
            axes.plot(recall, precision, "o", color=BLUE, label=f"counting threshold {threshold:.2f}")
        axes.legend(loc="lower left")
        return _svg(figure)


def threshold_chart(result: EvaluationResult) -> bytes:
    """Precision, recall and count error against the threshold."""
    with mpl.rc_context(_STYLE):
        figure, axes = _unit_axes("threshold of the score", "share")
        points = result.thresholds
        thresholds = [point.scores.threshold for point in points]
        precisions = [np.nan if point.scores.precision is None else point.scores.precision for point in points]
        axes.plot(thresholds, precisions, "-", color=BLUE, label="precision")
        axes.plot(thresholds, [point.scores.recall for point in points], "--", color=ORANGE, label="recall")
        errors = [np.nan if point.count.relative is None else point.count.relative for point in points]
        axes.plot(thresholds, errors, "-.", color=GREEN, label="count error")
        chosen, best = result.at_threshold.threshold, result.best_threshold[0]
        axes.axvline(chosen, color=GREY, linewidth=1.2, label=f"the model's threshold ({chosen:.2f})")
        if abs(best - chosen) > 1e-6:
            axes.axvline(best, color=GREY, linewidth=1.2, linestyle=":", label=f"counts best here ({best:.2f})")
        figure.legend(loc="outside lower center", ncols=2)
        return _svg(figure)


def calibration_chart(result: EvaluationResult) -> bytes:
    """The reliability diagram: the share of right boxes against their mean score."""
    with mpl.rc_context(_STYLE):
        figure, axes = _unit_axes("mean score of the boxes", "share that are products (IoU .50)")
        axes.plot([0, 1], [0, 1], ":", color=GREY, label="a score that means what it says")
        bins = result.calibration.bins
        axes.bar(
            [entry.low for entry in bins],
            [entry.precision for entry in bins],
            width=[entry.high - entry.low for entry in bins],
            align="edge",
            color="#BFDBF0",
            edgecolor=BLUE,
            linewidth=0.8,
        )
        scores, shares = [entry.mean_score for entry in bins], [entry.precision for entry in bins]
        axes.plot(scores, shares, "o-", color=BLUE, markersize=4, label="this model")
        for entry in bins:
            axes.annotate(
                f"{entry.count:,}",
                ((entry.low + entry.high) / 2, 1.03),
                ha="center",
                fontsize=6.5,
                color=GREY,
            )
        axes.set_ylim(0, 1.08)
        figure.legend(loc="outside lower center", ncols=2)
        return _svg(figure)


def count_chart(result: EvaluationResult) -> bytes:
    """Counted against true products, a dot a photo."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        true, counted = [entry.true for entry in result.photos], [entry.counted for entry in result.photos]
        limit = 1.05 * max(*true, *counted, 1)
        axes.plot([0, limit], [0, limit], ":", color=GREY, label="counted as labelled")
        ends = np.array([0, limit])
        axes.fill_between(ends, 0.9 * ends, 1.1 * ends, color="#EEF2F6", label="within 10 %")
        size = 22 if len(true) <= LIMITED else 8
        axes.scatter(true, counted, s=size, color=BLUE, alpha=0.65, linewidths=0, label="a photo")
        axes.set(xlabel="labelled products", ylabel="counted products", xlim=(0, limit), ylim=(0, limit))
        axes.legend(loc="upper left")
        return _svg(figure)


def _unit_axes(x: str, y: str) -> tuple[Figure, Axes]:
    """A figure whose axes both go from 0 to 1."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y, xlim=(0, 1), ylim=(0, 1.02))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0) if x == "recall" else "{x:.1f}")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    return figure, axes


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
