"""What is answered at which path?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from driftwatch import __version__
from driftwatch.nouns.errors import DriftwatchError
from driftwatch.web.api import Retrainings, routes
from driftwatch.web.rights import refuse_change

PIECE = 64 * 1024


class Metrics(Protocol):
    """What a scraper is served."""

    def scrape(self, accept: str) -> tuple[str, bytes]:
        """Give the content type that suits the Accept header, and the body. May take a while."""


class Health(Protocol):
    """How the daemon is."""

    def live(self) -> tuple[bool, Mapping[str, Any]]:
        """Say if every thread is alive, and what to tell of them."""

    def ready(self) -> Mapping[str, Any]:
        """Tell what is wrong outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What the server shows and does.

    `reload` checks the configuration file and raises DriftwatchError if it cannot be used, else
    lets the restart happen soon and returns: the server that called it must not be stopped before
    it has answered.
    """

    metrics: Metrics
    health: Health
    reload: Callable[[], None] | None = None
    token: SecretStr | None = None
    retrainings: Retrainings | None = None


class InPieces(Response):
    """A large answer, sent as fast as it is read: a slow reader does not fill the memory."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        for start in range(0, len(self.body), PIECE):
            piece = self.body[start : start + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def build(served: Served) -> Starlette:
    """Make the application. Routes that may wait run in a thread of the pool."""

    def metrics(request: Request) -> Response:
        kind, body = served.metrics.scrape(request.headers.get("accept", ""))
        return InPieces(body, headers={"content-type": kind})

    async def livez(_: Request) -> Response:
        alive, body = served.health.live()
        return JSONResponse(body, status_code=200 if alive else 503)

    async def readyz(_: Request) -> Response:
        return JSONResponse(served.health.ready())

    def reload(request: Request) -> Response:
        if (refused := refuse_change(request, served.token)) is not None:
            return refused
        if served.reload is None:
            return PlainTextResponse("this daemon has no file to reload\n", status_code=404)
        try:
            served.reload()
        except DriftwatchError as error:
            return PlainTextResponse(f"{error}\n", status_code=422)
        return PlainTextResponse("reloading\n", status_code=202)

    answered = [
        Route("/metrics", metrics),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/-/reload", reload, methods=["POST"]),
        *(routes(served.retrainings, served.token) if served.retrainings else ()),
    ]
    return Starlette(routes=[_listing(answered), *answered])


def _listing(answered: Sequence[Route]) -> Route:
    """Answer at the root which paths there are."""
    ways = [", ".join(sorted({*(route.methods or ())} - {"HEAD"})) for route in answered]
    lines = [f"{way:<11}{route.path}" for way, route in zip(ways, answered, strict=True)]
    text = "\n".join([f"driftwatch {__version__} answers at", "", *lines, ""])

    async def root(_: Request) -> Response:
        return PlainTextResponse(text)

    return Route("/", root)
