"""What a TFLite file says about itself, read from the flatbuffer without running it.

Files come from anywhere: a reader of a damaged one may raise anything, so that this is only called where that is
caught (`detection.inspection`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flatbuffers
from flatbuffers import flexbuffers, number_types
from flatbuffers.table import Table

POSTPROCESS = "TFLite_Detection_PostProcess"
METADATA_BUFFER = "TFLITE_METADATA"
NORMALISATION = 1
"""Place of `NormalizationOptions` in the union of process units of tensorflow/lite's metadata_schema.fbs."""


@dataclass(frozen=True)
class PostprocessOp:
    """The operator at the end of a classic SSD.

    outputs: the places of its boxes, classes, scores and count among the model's outputs; None where they go through
        further operators. most_boxes: its limit of boxes. classes: how many labels it tells apart.
    """

    outputs: tuple[int, ...] | None
    most_boxes: int | None
    classes: int | None


def read_postprocess_op(flatbuffer: bytes) -> PostprocessOp | None:
    """The postprocessing operator of a model; None where it has none."""
    graph, codes = _graph(flatbuffer)
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        if codes[operator.OpcodeIndex()] != POSTPROCESS:
            continue
        made = [operator.Outputs(place) for place in range(operator.OutputsLength())]
        given = [graph.Outputs(place) for place in range(graph.OutputsLength())]
        options = flexbuffers.Loads(bytes(operator.CustomOptionsAsNumpy().tobytes()))
        return PostprocessOp(
            outputs=tuple(given.index(tensor) for tensor in made) if set(made) <= set(given) else None,
            most_boxes=options.get("max_detections"),
            classes=options.get("num_classes"),
        )
    return None


def read_normalisation(flatbuffer: bytes) -> tuple[float, float] | None:
    """What the model's metadata says that black and white are for its input: (0 − mean) ÷ std, (255 − mean) ÷ std.

    None where it says nothing, or not the same for all three colours.
    """
    data = _metadata(flatbuffer)
    if data is None:
        return None
    model = Table(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0))
    for graph in _tables(model, 3):
        for tensor in _tables(graph, 2):
            for unit in _tables(tensor, 4):
                found = _normalisation(unit)
                if found is not None:
                    return found
    return None


def _graph(flatbuffer: bytes) -> tuple[Any, list[str]]:
    """The main graph, and the name of each custom operator by its code ("" for built-in ones)."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(flatbuffer, 0)
    codes = [model.OperatorCodes(index).CustomCode() for index in range(model.OperatorCodesLength())]
    return model.Subgraphs(0), [(code or b"").decode("utf-8", "replace") for code in codes]


def _metadata(flatbuffer: bytes) -> bytes | None:
    """The buffer that the TFLite metadata tools write."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(flatbuffer, 0)
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == METADATA_BUFFER.encode():
            return bytes(model.Buffers(entry.Buffer()).DataAsNumpy().tobytes())
    return None


def _normalisation(unit: Table) -> tuple[float, float] | None:
    if _number(unit, 0, number_types.Uint8Flags) != NORMALISATION or not (place := _place(unit, 1)):
        return None
    options = Table(unit.Bytes, unit.Indirect(unit.Pos + place))
    means, stds = _floats(options, 0), _floats(options, 1)
    if len(set(means)) != 1 or len(set(stds)) != 1 or not stds[0]:
        return None
    return (0 - means[0]) / stds[0], (255 - means[0]) / stds[0]


def _place(table: Table, field: int) -> int:
    """Where a field is, from the table's start; 0 where it is left out."""
    return int(table.Offset(4 + 2 * field))


def _number(table: Table, field: int, kind: Any) -> int:
    return int(table.Get(kind, table.Pos + place)) if (place := _place(table, field)) else 0


def _tables(table: Table, field: int) -> Iterator[Table]:
    if place := _place(table, field):
        start = table.Vector(place)
        for index in range(table.VectorLen(place)):
            yield Table(table.Bytes, table.Indirect(start + 4 * index))


def _floats(table: Table, field: int) -> list[float]:
    if not (place := _place(table, field)):
        return []
    start = table.Vector(place)
    return [float(table.Get(number_types.Float32Flags, start + 4 * index)) for index in range(table.VectorLen(place))]
