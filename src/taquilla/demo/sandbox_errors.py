"""TMDB's error answers: the HTTP status and the sentence that go with each of its status codes."""

from __future__ import annotations

from typing import Final

import msgspec

# TMDB's code: (HTTP status, sentence).
ANSWERS: Final[dict[int, tuple[int, str]]] = {
    1: (200, "Success."),
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    11: (500, "Internal error: Something went wrong, contact TMDb."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count is over the allowed limit."),
    27: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    34: (404, "The resource you requested could not be found."),
    42: (405, "This request method is not supported for this resource."),
    43: (502, "Couldn't connect to the backend server."),
}
# The code that a server error of this HTTP status carries.
CODE_OF_STATUS: Final = {500: 11, 502: 43, 503: 9, 504: 24}


class ApiError(Exception):
    """A request that TMDB answers with an error; `detail` says more than TMDB would."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status, sentence = ANSWERS[code]
        self.sentence = f"{sentence} {detail}" if detail else sentence
        super().__init__(self.sentence)

    def body(self) -> bytes:
        return status_body(self.code, self.sentence)


def status_body(code: int, sentence: str | None = None) -> bytes:
    """The JSON body `{"success", "status_code", "status_message"}` of a code."""
    message = ANSWERS[code][1] if sentence is None else sentence
    return msgspec.json.encode({"success": code == 1, "status_code": code, "status_message": message})
