"""What may be said of a store in the configuration?"""

import pytest
from pydantic import ValidationError

from driftwatch.store.settings import StoreSettings

SECRET = "hunter2"  # a password, to be found nowhere


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/driftwatch/state.db", "sqlite:////var/lib/driftwatch/state.db"),
        (
            f"postgresql://ada:{SECRET}@db.example:5432/drift?sslmode=require",
            "postgresql://ada@db.example:5432/drift",
        ),
        (f"postgresql://db.example/drift?password={SECRET}", "postgresql://db.example/drift"),
        (f"postgresql:///drift?host=/run&user=ada&password={SECRET}", "postgresql:///drift"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    settings = StoreSettings.model_validate({"url": url})
    assert str(settings.url) == shown
    assert settings.url.get_secret_value() == url
    assert settings.model_dump(mode="json")["url"] == shown
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "url",
    [
        "state.db",
        "mysql://db.example/drift",
        "sqlite://",
        "sqlite:////",
        "postgresql://db.example",
        "postgresql+asyncpg://db.example/drift",
        "postgresql://db.example:port/drift",
        f"postgresql://ada:p/{SECRET}@db.example/drift",
    ],
)
def test_an_address_that_names_no_store_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(ValidationError, match=r"sqlite:////var/lib/driftwatch/state\.db"):
        StoreSettings.model_validate({"url": url})


def test_a_negative_number_of_rejected_records_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        StoreSettings.model_validate({"url": "sqlite:////a", "retention": {"rejected": -1}})
