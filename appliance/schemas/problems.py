"""How a refusal looks on the wire: RFC 9457, with a stable type and the next step."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ProblemPart(BaseModel):
    """One place that is wrong."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    at: str = Field(
        description="A JSON pointer into the body (`/lines/3/quantity`), `?name` of a query parameter, or `Name:` of a"
        " header."
    )
    message: str


class Problem(BaseModel):
    """Why a request was refused; further members carry facts a program may act on."""

    model_config = ConfigDict(
        extra="allow",
        defer_build=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/docs/problems#unknown-product",
                    "title": "The product is not known",
                    "status": 422,
                    "detail": "There is no product 'coffee'.",
                    "hint": "Check the product id or scan the code again; a new product has to be defined first.",
                    "errors": [{"at": "/lines/0/product_id", "message": "There is no product 'coffee'."}],
                    "request_id": "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d",
                }
            ]
        },
    )

    type: str = Field(description="Relative to this server; explained at that address.")
    title: str
    status: int
    detail: str
    hint: str = Field("", description="The next step for people.")
    errors: list[ProblemPart] = Field([], description="Every place that is wrong, where the request has places.")
    request_id: str
