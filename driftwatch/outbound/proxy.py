"""Through which proxy does an address lie, and how do we log in there?"""

import base64
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit


def proxy_for(url: str, configured: str | None, environment: Mapping[str, str]) -> str | None:
    """Choose the proxy for a URL: the configured one, else as the environment says.

    What listens on this host is never reached through a proxy.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host in {"localhost", "::1"} or host.startswith("127."):
        return None
    if configured:
        return configured
    spared = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    for pattern in (p.strip().lower().lstrip("*").lstrip(".") for p in spared.split(",")):
        if spared.strip() == "*" or (pattern and (host == pattern or host.endswith("." + pattern))):
            return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        proxy = environment.get(name) or environment.get(name.upper())
        if proxy:
            return proxy if "://" in proxy else f"http://{proxy}"
    return None


def basic(header: str, url: str) -> list[tuple[str, str]]:
    """Make the header that logs in as the user whom a URL names, if it names one."""
    user = urlsplit(url).netloc.rpartition("@")[0]
    if not user:
        return []
    return [(header, "Basic " + base64.b64encode(unquote(user).encode()).decode("ascii"))]


def without_user(url: str) -> str:
    """Give a URL as it is requested: without its user and its fragment."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
