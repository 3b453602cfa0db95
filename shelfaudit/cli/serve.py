"""`shelfaudit serve`: the detector for other software, over HTTP."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import ModelFile
from shelfaudit.cli.rooms import open_detector
from shelfaudit.errors import UserError

if TYPE_CHECKING:
    from shelfaudit.serving.server import PhotoServer

TOKEN_VARIABLE = "SHELFAUDIT_TOKEN"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")
"""RFC 6750's b64token; shorter ones can be guessed."""


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen. Anything but this machine alone needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes a free one.")] = 8080,
    model: ModelFile = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help=f"What clients must send. Others on this machine can see it here: {TOKEN_VARIABLE} or a file hide it.",
            show_default=f"${TOKEN_VARIABLE}",
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(readable=False, metavar="FILE", help="A file with the token.", show_default=False),
    ] = None,
    max_megabytes: Annotated[float, typer.Option(min=0.001, max=200, metavar="N", help="Largest photo file.")] = 40,
    max_megapixels: Annotated[
        float, typer.Option(min=0.01, max=300, metavar="N", help="Largest picture, however small its file is.")
    ] = 50,
    rate: Annotated[
        int, typer.Option(min=0, max=1_000_000, metavar="N", help="Requests a minute of one client; 0: no limit.")
    ] = 600,
    queue: Annotated[
        int, typer.Option(min=0, max=1000, metavar="N", help="Photos that may wait while one is looked at.")
    ] = 16,
    timeout: Annotated[
        float,
        typer.Option(min=0.1, max=3600, metavar="S", help="Seconds for a photo to arrive, and to be answered."),
    ] = 60,
) -> None:
    """Answer photos of other programs with their facings, over HTTP.

    Example: `shelfaudit serve`, and in another terminal
    `curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" http://127.0.0.1:8080/detect`

    What comes out: the address on stdout, then a line for each request on stderr. `POST /detect` answers the JSON
    that `shelfaudit detect` writes; `GET /model`, `GET /health` and `GET /openapi.json` describe the rest. Ctrl-C
    ends it after the photos it has accepted. It needs the extra `serve`: `pip install "shelfaudit[serve]"`.
    """
    require_extra("serve", "fastapi", "python_multipart", "uvicorn")
    from shelfaudit.serving.address import open_listener
    from shelfaudit.serving.limits import Limits
    from shelfaudit.serving.server import PhotoServer

    secret = read_token(token, token_file)
    limits = Limits(round(max_megabytes * 1e6), max_megapixels, rate, queue, timeout)
    with open_listener(host, port, beyond_loopback=secret is not None) as listener:
        server = PhotoServer(open_detector(model), listener, token=secret, limits=limits)
        introduce(server, needs_token=secret is not None)
        with logging_to_console():
            server.run()
    console.note("Stopped.")


def read_token(given: str | None, file: Path | None) -> str | None:
    """The token of the command line, of the file, or of the environment; None without one.

    Raises:
        UserError: the file cannot be read, or what it is cannot be sent in a header or is easily guessed.
    """
    if given is not None and file is not None:
        raise typer.BadParameter("--token and --token-file cannot both be given.")
    source, text = "--token", given
    if file is not None:
        source, text = "The file", _read_token_file(file)
    elif given is None:
        source, text = f"The environment variable {TOKEN_VARIABLE}", os.environ.get(TOKEN_VARIABLE)
    if text is None:
        return None
    if _TOKEN.fullmatch(text) is None:
        raise UserError(
            f"{source} holds no good token: at least 16 letters, digits and - . _ ~ + / are needed.",
            advice='Make one: python -c "import secrets; print(secrets.token_urlsafe())"',
            file=file,
        )
    return text


def _read_token_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"The token cannot be read ({reason}).", advice="Name another file.", file=file) from error


def introduce(server: PhotoServer, *, needs_token: bool) -> None:
    """Say where the server is (on stdout, for programs that start it), what answers, and how to ask."""
    typer.echo(f"Listening on {server.url}")
    sys.stdout.flush()
    console.note(f"{server.info.name} {server.info.version} answers; Ctrl-C ends it. Try:")
    credentials = f' -H "Authorization: Bearer ${TOKEN_VARIABLE}"' if needs_token else ""
    console.note(f'curl --data-binary @photo.jpg -H "Content-Type: image/jpeg"{credentials} {server.url}/detect')
    if not server.is_private:
        console.warn("this is plain HTTP: on the way, photos and token can be read. docs/serving.md shows HTTPS.")


@contextmanager
def logging_to_console() -> Iterator[None]:
    """The lines of the server's log, on stderr."""
    handler = _ConsoleHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    levels = {"shelfaudit.serving": logging.INFO, "uvicorn": logging.WARNING}
    loggers = [logging.getLogger(name) for name in levels]
    before = [logger.level for logger in loggers]
    for logger, level in zip(loggers, levels.values(), strict=True):
        logger.setLevel(level)
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.removeHandler(handler)


class _ConsoleHandler(logging.Handler):
    """Each line on its own, so that nothing in it can pass for another one."""

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            console.note(line)
