"""How is an API described in a file, so that messages can be sent to it?

One YAML file an API, ours in `presets/` and those of users alike: where a request goes, what it
holds, and what the answers mean.
"""

from collections.abc import Mapping
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from driftwatch.notify.payload import Kind
from driftwatch.notify.template import LARGEST
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.settings import Settings

FOLDER = Path(__file__).with_name("presets")
Status = Annotated[int, Field(ge=100, le=599)]


def _few(values: Mapping[str, str | None]) -> Mapping[str, str | None]:
    if clash := {"token", "url"} & values.keys():
        message = f"{min(clash)} is a setting of its own, not one of the values"
        raise ValueError(message)
    return values


class SearchForm(Settings):
    """A GET whose answer holds the message's id if the message has been taken."""

    path: str = Field(description="What follows the address; a template.")


class PresetForm(Settings):
    """How messages are sent to an API. Path, headers and body are templates."""

    url: str | None = Field(None, description="The address, where the endpoint gives none.")
    needs: tuple[Literal["url", "token"], ...] = Field(
        (), strict=False, description="What the endpoint must give."
    )
    sends: tuple[Kind, ...] = Field(
        ("firing", "resolved"),
        strict=False,
        min_length=1,
        description="The messages it is for, where the endpoint does not say.",
    )
    values: Annotated[Mapping[str, str | None], AfterValidator(_few)] = Field(
        default_factory=dict,
        description="What the endpoint gives under `values`, with defaults; null has to be given.",
    )
    method: Literal["POST", "PUT"] = "POST"
    path: str = Field("", description="What follows the address.")
    headers: Mapping[str, str] = Field(
        default_factory=dict, description="Headers; one that comes out empty is not sent."
    )
    body: str = Field(description="The body; checked to be JSON where the headers say so.")
    largest: int = Field(LARGEST, ge=1, le=16 * LARGEST, description="Most bytes of the body.")
    accepts: tuple[Status, ...] = Field(
        strict=False, min_length=1, description="Statuses that say: taken."
    )
    known: tuple[Status, ...] = Field(
        (), strict=False, description="Statuses that say: taken before."
    )
    refuses: tuple[Status, ...] = Field(
        (), strict=False, description="Statuses that say: never will be."
    )
    search: SearchForm | None = Field(
        None, description="Looked at before sending, where an API knows no idempotency key."
    )


@cache
def preset(name: str) -> PresetForm:
    """Give one of ours."""
    return read(FOLDER / f"{name}.yaml")


def read(path: Path) -> PresetForm:
    """Read a form; ConfigurationError says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
        found = YAML(typ="safe", pure=True).load(StringIO(text))
        return PresetForm.model_validate(found)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    except YAMLError as error:
        why = " ".join(str(error).split())
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
    message = f"the preset {path} cannot be used: {why}"
    raise ConfigurationError(message)
