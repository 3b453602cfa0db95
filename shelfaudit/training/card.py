"""The model card beside a model file: what it was made from, under which terms, what it does and where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

TERMS = (
    "Research and non-commercial use only: trained on photos of SKU-110K (academic, non-commercial use only) and of "
    "Freiburg Groceries (no licence stated, research use). Start weights: MobileNetV2 (ImageNet), Apache-2.0."
)

_CARD = """# Model card: {name} {version}

A detector of single products on store shelves: an SSD of MobileNetV2 1.0 with a feature pyramid of 96 channels on
strides 8, 16 and 32, one label (`product`). File `{name}.tflite` (weights in {precision}), metadata `{name}.json`.

## Use

Counting facings in upright photos of shelves that a person checks afterwards. A first pass sees the whole photo at
{input_size} pixels; where the median product is far from {target_side} pixels (√area), a second pass looks again at the
better scale, in tiles. A box counts from a score of {counting_threshold} on.

Not for: counting without a check, counting people or anything but packaged products, decisions about people.

## Terms

{terms}

## Data

| data | used | licence or terms |
|---|---|---|
| SKU-110K, training split (Goldman et al., CVPR 2019): 191 photos, 7,036 boxes in one region each, labelled by \
hand for this project | training | photos: academic, non-commercial use only |
| Freiburg Groceries (Jund et al., 2016): 4,933 close-ups with 11,607 boxes of a public re-labelling | training; \
nothing outside the boxes | no licence stated: research use |
| SKU-110K, training split: 37 other photos, 1,385 boxes | choosing the threshold, the scores below | as above |
| ImageNet weights of MobileNetV2 (Sandler et al., CVPR 2018) | start of the backbone | Apache-2.0 |

No photo of these sets is part of the project. Fingerprint of the labels: `{data}`.

## Training

`python -m shelfaudit.training.train shelfaudit/training/configs/{name}.toml`: {steps} steps of {batch_size} crops of
{crop} pixels, {minutes} minutes on two CPU cores that other work shared. Quality focal loss, GIoU loss, ATSS
matching, AdamW, cosine schedule, average of the weights. All settings are in the metadata.

## Scores

{dataset}; predictions are judged inside the labelled regions only, without a limit of boxes per photo:

| AP | AP50 | AP75 | AR300 | count error | same product |
|---|---|---|---|---|---|
| {AP:.3f} | {AP50:.3f} | {AP75:.3f} | {AR300:.3f} | {count_error:.1%} | {same_product} |

`shelfaudit evaluate ../shared/data/shelves/validation.json --model models/{name}.tflite`

Count error: Σ |counted − true| ÷ Σ true over the regions at the counting threshold. Same product: how often the most
similar other facing of a photo, by the features of labelled boxes, is the same product, where there is one.

## Limits

- The validation photos come from the same collection as the training photos (not the same photos). The threshold and
  the scale were chosen on them, so the numbers are somewhat kind; expect less in other stores.
- Regions were labelled around well-visible rows; wide photos with tiny products, dark or blurred rows, bags in stacks
  and hanging packs are rarer in them than in stores, and are where it fails first.
- Products were labelled by one person's rules (half of the front visible; a multi-pack is one).
- Not tried: freezers with frosted glass, fruit and vegetables, bottles in crates.
"""


def model_card(metadata: Mapping[str, object]) -> str:
    """The card of a model, Markdown, from the metadata that `export` writes."""
    scores = cast("Mapping[str, object]", metadata["scores"])
    training = cast("Mapping[str, object]", metadata["training"])
    config = cast("Mapping[str, object]", training["config"])
    target, same = metadata["target_side"], scores.get("same_product")
    return _CARD.format(
        **{
            **metadata,
            **scores,
            "target_side": f"{target:g}" if isinstance(target, float) else "its best size",
            "same_product": f"{same:.1%}" if isinstance(same, float) else "–",
            "data": training["data"],
            "steps": f"{training['steps']:,}",
            "minutes": training["minutes"],
            "batch_size": config["batch_size"],
            "crop": config["input_size"],
        }
    )
