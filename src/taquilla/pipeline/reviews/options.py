"""What the settings say of the reviews, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """Where the reviews are and how they are read.

    addresses: files and folders, on disk or s3://; none: nothing is landed. pseudonym_key: of the hash that takes the
    place of reviewers' names; None: one is made once and kept beside the lake. on_type_change: evolve, quarantine or
    stop. goals: by KPI (retention, growth, stars_change, sentiment_change).
    """

    addresses: tuple[str, ...] = ()
    pseudonymise: bool = True
    pseudonym_key: str | None = field(default=None, repr=False)
    on_type_change: str = "evolve"
    batch_rows: int = 100_000
    goals: Mapping[str, float] = field(default_factory=dict)
