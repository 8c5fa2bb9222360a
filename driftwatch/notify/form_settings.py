"""In which form is an endpoint told, and is a template of one's own fit for it?"""

from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from driftwatch.notify.forms import JSON, PLAIN, Form, Writer, template_in, tried
from driftwatch.notify.routing import RouteSettings


class TemplateSettings(RouteSettings):
    """What an endpoint is told by a template, where it has one."""

    template: str | None = Field(None, description="A template, instead of the usual form.")
    template_file: Path | None = Field(
        None, strict=False, description="A file that holds the template."
    )

    @model_validator(mode="after")
    def _one_that_works(self) -> Self:
        if self.template is not None and self.template_file is not None:
            message = "template and template_file are both given; keep one"
            raise ValueError(message)
        if self.template is not None:
            self.tried(Path())
        return self

    def tried(self, folder: Path) -> Writer:
        """Give what writes its messages; ConfigurationError where a template makes nothing."""
        writer = self._writer(folder)
        tried(writer, self.send)
        return writer

    def _writer(self, folder: Path) -> Writer:
        template = template_in(self.template, self.template_file, folder, self.name)
        return Writer("json", self.name, self.category_values, template, PLAIN)


class FormSettings(TemplateSettings):
    """The form of what an endpoint is told, or a template of it."""

    body: Form = Field("json", description="The form, where there is no template.")
    content_type: str = Field(
        JSON, pattern=r"^[!-~]+/[ -~]+$", description="What a template makes."
    )

    def _writer(self, folder: Path) -> Writer:
        writer = super()._writer(folder)
        return replace(writer, form=self.body, content_type=self.content_type)
