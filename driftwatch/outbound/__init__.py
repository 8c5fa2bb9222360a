"""The one HTTP client: proxies, TLS, time-outs, redaction."""
