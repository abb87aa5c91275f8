"""Lists in pages: limit and offset, and the Link header that leads from one page to the others (RFC 8288)."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

MAX_INT64 = 2**63 - 1
# DuckDB refuses an offset beyond 2^62, where nothing is in any case.
MAX_OFFSET = 2**53

# What OpenAPI says of a page's headers.
PAGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {
                "description": "The first, previous, next and last page, each as `<address>; rel=name`.",
                "schema": {"type": "string"},
            }
        }
    }
}


class Page(BaseModel):
    """Which part of a list is asked for. A parameter that the list does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500, description="items a page", examples=[20])] = 50
    offset: Annotated[int, Field(ge=0, le=MAX_INT64, description="items to pass over", examples=[0])] = 0

    @property
    def bounds(self) -> dict[str, int]:
        """The parameters of the SQL's limit and offset."""
        return {"limit": self.limit, "offset": min(self.offset, MAX_OFFSET)}


def link_pages(request: Request, response: Response, page: Page, total: int) -> None:
    """Give the answer its Link header. Addresses have no host: they hold behind any proxy."""
    last = max(total - 1, 0) // page.limit * page.limit
    offsets = {"first": 0, "last": last}
    if page.offset > 0:
        offsets["prev"] = max(min(page.offset - page.limit, last), 0)
    if page.offset + page.limit < total:
        offsets["next"] = page.offset + page.limit
    links = (f'<{_address(request, page.limit, offset)}>; rel="{name}"' for name, offset in offsets.items())
    response.headers["Link"] = ", ".join(links)


def _address(request: Request, limit: int, offset: int) -> str:
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in {"limit", "offset"}]
    return f"{request.url.path}?{urlencode([*asked, ('limit', limit), ('offset', offset)])}"
