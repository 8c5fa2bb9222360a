"""Who may read, and who may change anything?

What changes state wants the token, always. What is read may be personal data: it is open to those
who sit on the machine itself, and to nobody who comes through a proxy there, or from a page in a
browser that was made to believe that the machine is its own site.
"""

import hmac
import ipaddress

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def refuse_change(request: Request, token: SecretStr | None) -> Response | None:
    """Give the answer to a caller who may not change state, None to one who may."""
    if token is None:
        return PlainTextResponse("forbidden: server.token is not configured\n", status_code=403)
    given = request.headers.get("authorization", "").encode("latin-1")
    expected = f"Bearer {token.get_secret_value()}".encode()
    if hmac.compare_digest(given, expected):
        return None
    return PlainTextResponse(
        "unauthorized: send the header Authorization: Bearer <server.token>\n",
        status_code=401,
        headers={"www-authenticate": "Bearer"},
    )


def refuse_reading(request: Request, token: SecretStr | None) -> Response | None:
    """Give the answer to a caller who may not read the API, None to one who may."""
    return None if _is_local(request) else refuse_change(request, token)


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    asked = (request.url.hostname or "").lower()
    return (mapped or address).is_loopback and asked in _LOCAL
