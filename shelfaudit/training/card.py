"""The model card beside a model file: what it was made from, under which terms, what it does and where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

NOT_STATED = "Not stated. Ask whoever trained it before you pass it on."

_CARD = """# Model card: {name} {version}

A detector for store shelves; it tells apart: {labels}. File `{name}.tflite`, calculated in {precision}, metadata inside
(`shelfaudit models list` shows it).

## Use

Counting facings in upright photos of shelves that a person checks afterwards. {passes} A box counts from a score of
{counting_threshold} on.

Not for: counting without a check, counting people or anything but packaged products, decisions about people.

## Terms

{terms}

## Scores

{dataset}; predictions are judged inside the labelled regions only, without a limit of boxes per photo:

| | AP | AP50 | AP75 | AR300 | count error | same product |
|---|---|---|---|---|---|---|
{rows}

Count error: Σ |counted − true| ÷ Σ true over the regions at the counting threshold, which was chosen on these photos:
expect a little less elsewhere. Same product: how often the most similar other facing of a photo, by the features of
labelled boxes, is the same product, where there is one.

## Training

{steps} steps in {minutes} minutes; all settings are in the metadata. Fingerprints of the labels:

{data}
"""

_ROW = "| {name} | {AP:.3f} | {AP50:.3f} | {AP75:.3f} | {AR300:.3f} | {count_error:.1%} | {same_product} |"


def model_card(metadata: Mapping[str, object]) -> str:
    """The card of a model, Markdown, from its metadata (`training.export` writes it)."""
    scores = cast("Mapping[str, float]", metadata["scores"])
    training = cast("Mapping[str, object]", metadata["training"])
    fingerprints = cast("Mapping[str, str]", training["data"])
    float32 = cast("Mapping[str, float] | None", metadata.get("float32"))
    rows = [_row(str(metadata["precision"]), scores)]
    if float32 is not None:
        rows.append(_row("float32, to compare", float32))
    text = _CARD.format(
        name=metadata["name"],
        version=metadata["version"],
        labels=", ".join(f"`{label}`" for label in cast("list[str]", metadata["labels"])),
        precision=metadata["precision"],
        passes=_passes(metadata),
        counting_threshold=metadata["counting_threshold"],
        terms=str(metadata.get("terms") or NOT_STATED).strip(),
        dataset=scores["dataset"],
        rows="\n".join(rows),
        steps=f"{training['steps']:,}",
        minutes=training["minutes"],
        data="\n".join(f"- `{file}`: `{value}`" for file, value in fingerprints.items()),
    )
    about = str(metadata.get("about") or "").strip()
    return f"{text}\n{about}\n" if about else text


def _passes(metadata: Mapping[str, object]) -> str:
    size, target = metadata["input_size"], metadata["target_side"]
    if target is None:
        return f"It sees the whole photo at {size} pixels."
    return (
        f"A first pass sees the whole photo at {size} pixels; where the median product is far from {target:g} pixels "
        "(√area), a second pass looks again at the better scale, in tiles."
    )


def _row(name: str, scores: Mapping[str, float]) -> str:
    same = scores.get("same_product")
    return _ROW.format(**{**scores, "name": name, "same_product": f"{same:.1%}" if isinstance(same, float) else "–"})
