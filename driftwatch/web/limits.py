"""How large may a request be?"""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from driftwatch.web.api import PATH

BODY_BYTES = 64 * 1024
CALL_BYTES = 32 * 1024 * 1024  # a call may bring a new version's profile


def limited(app: ASGIApp) -> ASGIApp:
    """Refuse a request whose body is too large, or of a length not told, before reading it."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        most = CALL_BYTES if scope.get("path", "").startswith(f"{PATH}/") else BODY_BYTES
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers:
            refused = PlainTextResponse("send a Content-Length\n", status_code=411)
        elif not length.isdigit() or len(length) > 9 or int(length) > most:
            refused = PlainTextResponse(
                f"the body may have {most} bytes\n",
                status_code=413,
                headers={"connection": "close"},
            )
        else:
            await app(scope, receive, send)
            return
        await refused(scope, receive, send)

    return guarded
