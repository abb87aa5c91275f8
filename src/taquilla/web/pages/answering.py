"""What a page answers where its warehouse does not, or has nothing of that name."""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError
from taquilla.web.pages.rendering import render
from taquilla.web.problems import NotFoundError

_log = logging.getLogger(__name__)


def answered(
    request: Request, read: Callable[[], tuple[int, dict[str, Any]]], template: str, *, search: str = "/films"
) -> HTMLResponse:
    """The page of the status and values that `read` gives; 404 with a way to `search`, or 503 with the next step."""
    try:
        status, values = read()
    except NotFoundError:
        return render(request, "missing.html", 404, search=search)
    except (TaquillaError, DatabaseError) as error:
        _log.warning("%s has no warehouse: %s", request.url.path, error)
        return render(request, "unavailable.html", 503)
    return render(request, template, status, **values)
