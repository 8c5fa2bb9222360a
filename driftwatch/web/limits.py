"""How large may a request be?"""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

BODY_BYTES = 64 * 1024


def limited(app: ASGIApp) -> ASGIApp:
    """Refuse a request whose body is too large, or of a length not told, before reading it."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers:
            refused = PlainTextResponse("send a Content-Length\n", status_code=411)
        elif not length.isdigit() or len(length) > 9 or int(length) > BODY_BYTES:
            refused = PlainTextResponse(
                f"the body may have {BODY_BYTES} bytes\n",
                status_code=413,
                headers={"connection": "close"},
            )
        else:
            await app(scope, receive, send)
            return
        await refused(scope, receive, send)

    return guarded
