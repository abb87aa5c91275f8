"""What metrics.json must hold for a model to be served: it is a file, and files are changed by others."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from taquilla.models.protocols import HONEST, PROTOCOLS
from taquilla.models.targets import TARGETS

# Of metrics.json; another one from the first change on that a reader of today would trip over.
METRICS_FORMAT = 1
# What a training writes is 8 deep; whoever hands the metrics on stops far below Python's own limit.
DEEPEST = 20

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a moment without its zone")
    return text


def _day(text: str | None) -> str | None:
    return text if text is None else datetime.strptime(text, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day


def _has_all(found: dict[str, Any], wanted: set[str]) -> None:
    if missing := wanted - found.keys():
        raise ValueError(f"{', '.join(sorted(missing))} missing")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Scores(_Part):
    r2: float
    spearman: float | None


class _Split(_Part):
    test_films: Count
    cut_off_date: Annotated[str | None, AfterValidator(_day)]


class _Interval(_Part):
    coverage: Share


class _Protocol(_Part):
    split: _Split
    metrics: dict[str, Any]
    interval: _Interval | None = None


class _Target(_Part):
    formula: str
    unit: str
    films_used: Count
    films_left_out: Count
    left_out_because: str
    protocols: dict[str, _Protocol]
    training_ranges: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]]


class _Served(_Part):
    protocol: Literal["by_date_pre_release"]
    learnt_from: str


class _Metrics(_Part):
    format: Literal[1]
    name: str
    made_at: Annotated[str, AfterValidator(_moment)]
    seed: int
    versions: dict[str, str]
    films: dict[str, Count]
    served: _Served
    targets: dict[str, _Target]


def read_metrics(text: bytes) -> dict[str, Any]:
    """What stands in metrics.json. ValueError: it is no JSON, or lacks what a served model tells of itself."""
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested without end") from error
    _check_depth(found, DEEPEST)
    # A text with half a character could not be sent to anybody.
    json.dumps(found, ensure_ascii=False).encode()
    try:
        _check_shape(found)
    except ValidationError as error:
        # Its own text has several lines.
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    whole: dict[str, Any] = found
    return whole


def _check_shape(found: Any) -> None:
    checked = _Metrics.model_validate(found)
    _has_all(checked.targets, set(TARGETS))
    for target in checked.targets.values():
        _has_all(target.protocols, set(PROTOCOLS))
        if target.protocols[HONEST].interval is None:
            raise ValueError(f"the interval of {HONEST} missing")
        for protocol in target.protocols.values():
            _Scores.model_validate(protocol.metrics.get("model"))


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) < float("inf") else _refuse(text)


def _check_depth(found: Any, left: int) -> None:
    if not left:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    for part in parts:
        _check_depth(part, left - 1)
