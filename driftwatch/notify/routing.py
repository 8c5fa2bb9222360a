"""Which messages does an endpoint get, and what may they tell?"""

from pydantic import Field

from driftwatch.notify.payload import Kind
from driftwatch.nouns.settings import Settings


class RouteSettings(Settings):
    """What all endpoints have in common that messages are sent to."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Its name everywhere.")
    send: tuple[Kind, ...] = Field(
        ("firing", "resolved"), strict=False, min_length=1, description="The messages it gets."
    )
    category_values: bool = Field(
        False, description="Whether it may be told values of categories: often personal data."
    )
