"""What does a template make of a message?

Jinja in its sandbox: a template sees the message and nothing of this process. A name that is not
known is an error, never an empty text, and what is made is bounded.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from driftwatch.nouns.errors import ConfigurationError, Permanent

LARGEST = 256 * 1024


class Template:
    """A text with holes; `place` is how errors name it, `known` the names that it may use."""

    def __init__(self, text: str, place: str, known: frozenset[str]) -> None:
        self._place = place
        environment = _environment()
        try:
            parsed = environment.parse(text)
            self._template = environment.from_string(parsed)
        except jinja2.TemplateSyntaxError as error:
            raise ConfigurationError(self._says(error.lineno, error.message)) from None
        unknown = sorted(meta.find_undeclared_variables(parsed) - known)
        if unknown:
            names = ", ".join(sorted(known))
            problem = f"{unknown[0]} is not known; known: {names}"
            raise ConfigurationError(self._says(None, problem))

    def render(self, context: Mapping[str, Any], largest: int = LARGEST) -> str:
        """Fill it; Permanent where that fails or makes more than `largest` bytes."""
        pieces, size = [], 0
        try:
            for piece in self._template.generate(context):
                pieces.append(piece)
                size += len(piece.encode("utf-8", "replace"))
                if size > largest:
                    problem = f"it makes more than {largest} bytes"
                    raise Permanent(self._says(None, problem))
        except Permanent:
            raise
        except Exception as error:  # a template is a program of its own: it may raise anything
            why = str(error) or type(error).__name__
            raise Permanent(self._says(_line_of(error), why)) from None
        return "".join(pieces)

    def _says(self, line: int | None, problem: str | None) -> str:
        where = f"{self._place}, line {line}" if line else self._place
        return f"{where}: the template cannot be used: {problem}"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # what is made is JSON or plain text, never a page
        keep_trailing_newline=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = _json
    environment.filters["path"] = _path
    return environment


def _json(value: Any) -> str:
    """Write a value as JSON, so that no text in it can end what it stands in."""
    if isinstance(value, jinja2.Undefined):
        str(value)  # says which name it is
    return json.dumps(value, allow_nan=False)


def _path(value: Any) -> str:
    """Write a value as one segment of a path, or one value of a query."""
    return quote(str(value), safe="")


def _line_of(error: Exception) -> int | None:
    """Give the template's line that an error came from."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
