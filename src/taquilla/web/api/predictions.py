"""POST /predict: what a planned film may come to; and /api/model: what the model was made from, and how good it is."""

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from taquilla.errors import DataError
from taquilla.models.plans import FIRST_YEAR, LAST_YEAR, MOST_IDS, FilmPlan
from taquilla.web.api.paging import MAX_INT64
from taquilla.web.problems import described, told
from taquilla.web.state import Models, Reader

if TYPE_CHECKING:
    from taquilla.models.predicting import OutOfRange as Beyond

router = APIRouter(tags=["model"])
_PROBLEMS = described(http_503="there is no warehouse, or no model yet")
_BODY_PROBLEMS = described(
    http_400="the body is no text in UTF-8",
    http_411="the body does not say how long it is",
    http_413="the body is too large",
)


def _day(given: object) -> object:
    """Only texts such as 2027-05-21: a number would be taken for seconds since 1970."""
    if given is None or isinstance(given, date) or (isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given)):
        return given
    raise ValueError("a date is written YYYY-MM-DD")


# JSON has one kind of number: neither a text nor true is one of them.
Whole = Annotated[int, Field(strict=True)]
Ids = Annotated[list[Annotated[Whole, Field(ge=-MAX_INT64, le=MAX_INT64)]], Field(max_length=MOST_IDS, examples=[[18]])]


class PlannedFilm(BaseModel):
    """A film that is not made yet, as far as it is known: what is left out is unknown. Ids are TMDB's."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "budget_usd": 150_000_000,
                    "runtime_min": 120,
                    "release_date": "2016-07-01",
                    "original_language": "en",
                    "genre_ids": [28, 12],
                    "country_codes": ["US"],
                }
            ]
        },
    )

    budget_usd: Annotated[Whole | None, Field(gt=0, lt=10**12, description="US dollars")] = None
    runtime_min: Annotated[Whole | None, Field(gt=0, lt=10_000, description="minutes")] = None
    release_date: Annotated[
        date | None,
        BeforeValidator(_day),
        Field(description=f"from {FIRST_YEAR} to {LAST_YEAR}; where unknown, after all that the warehouse has"),
    ] = None
    original_language: Annotated[str | None, Field(pattern="^[a-z]{2}$", description="ISO 639-1")] = None
    genre_ids: Ids = []
    country_codes: Annotated[
        list[Annotated[str, Field(pattern="^[A-Z]{2}$")]], Field(max_length=MOST_IDS, description="ISO 3166-1")
    ] = []
    director_ids: Ids = []
    cast_ids: Annotated[Ids, Field(description="in the order of billing; the first five count")] = []
    company_ids: Ids = []
    collection_id: Annotated[Whole | None, Field(ge=-MAX_INT64, le=MAX_INT64, description="its franchise")] = None

    def plan(self) -> FilmPlan:
        """The same for the model. RequestValidationError: such a film cannot be."""
        try:
            return FilmPlan(
                budget_usd=self.budget_usd,
                runtime_min=self.runtime_min,
                release_date=self.release_date,
                original_language=self.original_language,
                genre_ids=tuple(self.genre_ids),
                country_codes=tuple(self.country_codes),
                director_ids=tuple(self.director_ids),
                cast_ids=tuple(self.cast_ids),
                company_ids=tuple(self.company_ids),
                collection_id=self.collection_id,
            )
        except DataError as error:
            fault = {"loc": ("body", "film"), "msg": told(error)[0].rstrip("."), "type": "value_error"}
            raise RequestValidationError([fault]) from error


class OutOfRange(BaseModel):
    """Something that the films learnt from did not have: `low` and `high` are their range, for a number.

    `targets`: for which of both it is so; `ranges`: the range of each, where they differ too.
    """

    feature: str
    given: float | str
    reason: str
    low: float | None
    high: float | None
    targets: list[str]
    ranges: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, found: "Beyond") -> "OutOfRange":
        """The same as JSON has it."""
        ranges = dict(zip(found.targets, found.ranges, strict=bool(found.ranges)))
        return cls.model_validate({**asdict(found), "ranges": ranges})


class Estimate(BaseModel):
    """A value with its interval, in `unit`: `low` to `high` is meant to hold the share `level` of such films.

    `measured_coverage`: the share that it held of the films the honest model was tested on.
    `percentile`: 0 to 1, where the value stands among the films learnt from.
    """

    value: float
    low: float
    high: float
    level: float
    measured_coverage: float
    unit: str
    percentile: float
    popularity_level: str | None


class Prediction(BaseModel):
    """What the model says. Where `outside_training_range` is not empty it guesses about films such as it never saw."""

    model: str
    success: Estimate
    popularity: Estimate
    missing: Annotated[list[str], Field(description="what the plan leaves unknown")]
    outside_training_range: list[OutOfRange]


class TargetFacts(BaseModel):
    """A target of the model: what it was made from, and by each protocol how good it is and what leaks."""

    formula: str
    unit: str
    films_used: int
    films_left_out: int
    left_out_because: str
    protocols: dict[str, Any]
    training_ranges: dict[str, tuple[float, float]]


class ModelFacts(BaseModel):
    """The newest model. `served` says which protocol's figures are those of the model that answers."""

    name: str
    made_at: datetime
    seed: int
    versions: dict[str, str]
    films: dict[str, int]
    served: dict[str, str]
    targets: dict[Literal["success", "popularity"], TargetFacts]


@router.post("/predict", responses=_PROBLEMS | _BODY_PROBLEMS)
def predict(reader: Reader, models: Models, film: PlannedFilm) -> Prediction:
    """Success and popularity of a planned film, each with an interval, from what is known before a release.

    A film unlike those that the model learnt from is answered too: `outside_training_range` says in what it differs.
    """
    from taquilla.models.predicting import predict as ask_model

    plan, model = film.plan(), models.model()
    with reader.session() as session:
        found = ask_model(model, session.rows, plan)
    return Prediction(
        model=found.model,
        success=Estimate.model_validate(asdict(found.success)),
        popularity=Estimate.model_validate(asdict(found.popularity)),
        missing=list(found.missing),
        outside_training_range=[OutOfRange.of(each) for each in found.outside],
    )


@router.get("/api/model", responses=_PROBLEMS)
def model(models: Models) -> ModelFacts:
    """What the newest model was made from, how good it is by every protocol, and the ranges that it knows."""
    newest = models.model()
    return ModelFacts.model_validate({**newest.metrics, "name": newest.name})
