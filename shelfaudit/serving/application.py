"""The endpoints: `POST /detect`, `GET /model`, `GET /health`, `GET /openapi.json`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from shelfaudit import __version__
from shelfaudit.serving import schemas
from shelfaudit.serving.funnel import Funnel
from shelfaudit.serving.guards import OPEN_PATH, Guard, Guarded
from shelfaudit.serving.limits import Limits, MemoryBudget
from shelfaudit.serving.refusals import busy, error_response, took_too_long
from shelfaudit.serving.upload import FILE_FIELD, read_upload
from shelfaudit.serving.worker import DetectionWorker, Job, QueueFull
from shelfaudit.usecases.detect import FoundPhoto, detections_text

Result = TypeVar("Result")

DETECT, MODEL, OPENAPI = "/detect", "/model", "/openapi.json"
UNNAMED = "photo"
"""The `file_name` of a photo that was sent without one."""

_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "required": [FILE_FIELD], "properties": {FILE_FIELD: _BYTES["schema"]}}
_PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A photo: JPEG, PNG, WebP, TIFF, BMP or HEIC.",
        "content": {
            "image/*": _BYTES,
            "application/octet-stream": _BYTES,
            "multipart/form-data": {"schema": _FORM},
        },
    }
}


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": schemas.Error} for status in statuses}


def create_application(worker: DetectionWorker, limits: Limits, guards: Sequence[Guard]) -> FastAPI:
    """The ASGI application over a running worker, behind these guards."""
    application = FastAPI(
        title="shelfaudit",
        summary="Finds the product facings in photos of store shelves.",
        version=__version__,
        openapi_url=OPENAPI,
        # The pages that FastAPI brings load their scripts from the network; this program works without one.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Nothing about a photo goes to a collector that the environment may name.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Funnel, known_paths=frozenset({DETECT, MODEL, OPENAPI, OPEN_PATH})),
            Middleware(Guarded, guards=guards),
        ],
    )
    application.add_exception_handler(HTTPException, _http_error)
    application.add_exception_handler(RequestValidationError, _wrong_query)
    memory = MemoryBudget()

    @application.post(
        DETECT,
        response_model=schemas.Detections,
        responses=_errors(400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
        openapi_extra=_PHOTO_BODY,
    )
    async def detect(
        request: Request,
        min_score: Annotated[
            float | None, Query(ge=0, le=1, description="Lowest score answered; default: the counting threshold.")
        ] = None,
        file_name: Annotated[
            str | None, Query(max_length=1024, description="What the photo is called in the answer.")
        ] = None,
    ) -> Response:
        """Find the facings in a photo."""
        with memory.share() as take_memory:
            _or_busy(worker.check_room)
            try:
                async with asyncio.timeout(limits.seconds):
                    upload = await read_upload(request, limits.max_bytes, take_memory)
            except TimeoutError as error:
                raise took_too_long(limits.seconds) from error
            name = file_name or upload.name or UNNAMED
            job = _or_busy(lambda: worker.submit(upload.photo, name=name, min_score=min_score))
            found = await _found(worker, job, request, limits.seconds)
        return Response(detections_text([found], worker.info), media_type="application/json")

    @application.get(MODEL, responses=_errors(401, 403, 429, 500))
    async def model() -> schemas.Model:
        """Which model answers, and how good it is."""
        info = worker.info
        return schemas.Model(
            name=info.name,
            version=info.version,
            sha256=info.sha256,
            input_size=info.input_size,
            labels=list(info.labels),
            counting_threshold=info.counting_threshold,
            scores=dict(info.scores),
        )

    @application.get(OPEN_PATH, responses=_errors(403, 429, 500))
    async def health() -> schemas.Health:
        """Whether the server lives; asks for no token."""
        return schemas.Health(status="ok", waiting=worker.waiting)

    return application


async def _found(worker: DetectionWorker, job: Job, request: Request, seconds: float) -> FoundPhoto:
    """Wait for a photo's detections, but no longer than its client does.

    Raises:
        PhotoError: the photo cannot be decoded.
        Refused: it took too long.
        ClientDisconnect: the client went away.
    """
    found = asyncio.wrap_future(job.found)
    left = asyncio.create_task(_client_leaves(request))
    either: set[asyncio.Future[Any]] = {found, left}
    try:
        done, _ = await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if found in done:
            return found.result()
        if left in done:
            raise ClientDisconnect
        raise busy(f"The photo was not done within {seconds:g} s.", seconds=seconds)
    finally:
        left.cancel()
        found.cancel()
        worker.drop(job)


async def _client_leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _or_busy(ask: Callable[[], Result]) -> Result:
    """What is asked of the worker, with a full queue as 503."""
    try:
        return ask()
    except QueueFull as full:
        raise busy("As many photos as may wait are waiting.", seconds=full.seconds) from full


async def _http_error(_request: Request, error: Exception) -> Response:
    """What the router says: no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    advice = f"There are POST {DETECT}, GET {MODEL}, GET {OPEN_PATH} and GET {OPENAPI}."
    return error_response(error.status_code, f"{error.detail}.", advice, headers=error.headers)


async def _wrong_query(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors())
    return error_response(422, "A parameter of the query is wrong.", f"{problems}.")
