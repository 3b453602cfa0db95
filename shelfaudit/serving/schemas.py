"""The answers as OpenAPI describes them. A test holds them against what is really sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Image(_Schema):
    """The photo: upright size in pixels."""

    id: int
    file_name: str
    width: int
    height: int


class Annotation(_Schema):
    """One facing."""

    id: int
    image_id: int
    category_id: int
    bbox: list[float] = Field(description="x, y, width, height in upright photo pixels", min_length=4, max_length=4)
    area: float = Field(description="width × height of the box in pixels")
    iscrowd: int
    score: float = Field(ge=0, le=1)


class Category(_Schema):
    """A label of the model."""

    id: int
    name: str
    supercategory: str


class Detections(_Schema):
    """COCO JSON with one image: what `shelfaudit detect` writes for that photo."""

    images: list[Image]
    annotations: list[Annotation]
    categories: list[Category]


class Model(_Schema):
    """The detector that answers."""

    name: str
    version: str
    sha256: str = Field(description="of the model's file")
    input_size: int = Field(description="side of the network's square input in pixels")
    labels: list[str] = Field(description="category_id 1 is the first")
    counting_threshold: float = Field(description="lowest score that counts as a facing, where min_score is not given")
    scores: dict[str, float | str] = Field(description="what it reached in its evaluation")


class Health(_Schema):
    """The server lives."""

    status: str
    waiting: int = Field(description="photos that wait or are looked at")


class ErrorDetail(_Schema):
    """What is wrong, and what to do about it."""

    what: str
    advice: str
    id: str = Field(default="", description="only of a bug: where the server's log has its details")


class Error(_Schema):
    """Every answer that is not 200."""

    error: ErrorDetail
