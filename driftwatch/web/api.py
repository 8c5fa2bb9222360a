"""What do programs read of retrainings, and how does a pipeline tell what became of one?"""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from driftwatch.nouns.errors import DriftwatchError, Transient
from driftwatch.web.rights import refuse_change, refuse_reading

PATH = "/api/v1/retraining"
MOST = 1000


class Retrainings(Protocol):
    """What the daemon knows of retrainings. Methods may take a while, and raise Transient."""

    def listed(self, model: str | None, limit: int) -> Mapping[str, Any]:
        """Give retrainings, the newest first."""

    def shown(self, id_: str) -> Mapping[str, Any] | None:
        """Give one with its decisions."""

    def call(self, id_: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        """Take what a pipeline says of one; give the status and the body of the answer."""


def routes(retrainings: Retrainings, token: SecretStr | None) -> list[Route]:
    """Give the routes of the API."""

    async def many(request: Request) -> Response:
        if (refused := refuse_reading(request, token)) is not None:
            return refused
        return await run_in_threadpool(_listed, retrainings, request)

    async def one(request: Request) -> Response:
        calls = request.method == "POST"
        refused = (refuse_change if calls else refuse_reading)(request, token)
        if refused is not None:
            return refused
        if not calls:
            return await run_in_threadpool(_shown, retrainings, request)
        # It may be large: it is read only from a caller who may send one.
        body = await request.body()
        return await run_in_threadpool(_called, retrainings, request, body)

    return [Route(PATH, many), Route(PATH + "/{id}", one, methods=["GET", "POST"])]


def _listed(retrainings: Retrainings, request: Request) -> Response:
    limit = request.query_params.get("limit", "100")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= MOST:
        return _said(400, f"limit is a number from 1 to {MOST}")
    try:
        return JSONResponse(retrainings.listed(request.query_params.get("model"), int(limit)))
    except DriftwatchError as error:
        return _failed(error)


def _shown(retrainings: Retrainings, request: Request) -> Response:
    id_ = request.path_params["id"]
    try:
        found = retrainings.shown(id_)
    except DriftwatchError as error:
        return _failed(error)
    return JSONResponse(found) if found else _said(404, f"there is no retraining {id_:.80}")


def _called(retrainings: Retrainings, request: Request, body: bytes) -> Response:
    try:
        status, answer = retrainings.call(request.path_params["id"], body)
    except DriftwatchError as error:
        return _failed(error)
    return JSONResponse(answer, status_code=status)


def _failed(error: DriftwatchError) -> Response:
    return _said(503 if isinstance(error, Transient) else 500, str(error))


def _said(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)
