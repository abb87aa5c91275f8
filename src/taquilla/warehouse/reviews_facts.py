"""What a review, a tip, a check-in and a rating take from the curated tables, and which rules mark a review as odd.

A row of the star remembers the row of raw that it was made of: that row stands in the curated table still, or it is
another row by now. What the rules say of a review may change with others' reviews; such a row is written anew too.
"""

# ruff: noqa: S608 - the names in these statements come from constants, never from input.

from dataclasses import dataclass

EXCERPT_CHARACTERS = 280
# Sources whose files have a field for the owner's reply: of the others nobody knows whether there was one.
TELL_REPLIES = ("google_maps",)
# A burst: at least so many reviews of a venue on a day, and more than so many deviations above its daily mean.
BURST_REVIEWS, BURST_DEVIATIONS = 5, 3
# Stars are odd from so many deviations from the venue's mean on, texts from so many quartile ranges above the third;
# fewer reviews than these say nothing of a venue or of a language.
STARS_DEVIATIONS, TEXT_RANGES, FEWEST = 3, 3, 10
# A source's wall clock may be ahead of UTC.
FUTURE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the star: its table, the curated table that it is made of, and the select of its rows of `{source}`.

    moved: a select of the rows of raw that stand as they stood, and of which the star would tell otherwise now.
    """

    table: str
    curated: str
    rows: str
    moved: str = ""

    def insert(self, load_seq: int, *, is_first: bool) -> str:
        """Insert the rows that are not there, as SQL."""
        missing = "" if is_first else f" anti join {self.table} using (raw_seq)"
        rows = self.rows.format(source=f"(select * from curated_{self.curated}{missing})")
        return f"insert into {self.table} by name select *, {load_seq:d} as load_seq from ({rows})"

    def stale(self) -> str:
        """The rows of raw whose rows here are no longer so, as SQL."""
        gone = f"select raw_seq from {self.table} anti join curated_{self.curated} using (raw_seq)"
        return f"{gone} union {self.moved}" if self.moved else gone


_LATEST = f"(select loaded_at from told_moment) + interval {FUTURE_HOURS} hours"

# Of which the day is known, and is no day to come.
_DATED = f"""
    select raw_seq, venue_id, cast(reviewed_at as date) as day
    from curated_reviews where date_precision <> 'month' and reviewed_at <= {_LATEST}"""

# Each select gives rows of raw. Of several rules the first names the outlier: months leave out what was written in the
# future, whatever else is odd of it.
_FUTURE = f"select raw_seq from curated_reviews where reviewed_at > {_LATEST}"

_FAR = f"""
    select r.raw_seq
    from curated_reviews as r
    join (
        select venue_id, avg(stars) as mean, stddev_samp(stars) as deviation
        from curated_reviews group by venue_id having count(stars) >= {FEWEST}) as v on v.venue_id = r.venue_id
    where abs(r.stars - v.mean) > {STARS_DEVIATIONS} * v.deviation + 1e-9"""

_LONG = f"""
    select s.raw_seq
    from curated_review_signals as s
    join (
        select language, quantile_cont(word_count, 0.25) as q1, quantile_cont(word_count, 0.75) as q3
        from curated_review_signals where language is not null and word_count > 0
        group by language having count(*) >= {FEWEST}) as l on l.language = s.language
    where s.word_count > l.q3 + {TEXT_RANGES} * (l.q3 - l.q1)"""

_BURSTS = f"""
    with dated as ({_DATED}),
    days as (select venue_id, day, count(*) as reviews from dated group by all),
    means as (
        select venue_id, sum(reviews) / (max(day) - min(day) + 1) as mean
        from days group by venue_id having max(reviews) >= {BURST_REVIEWS})
    select r.raw_seq
    from dated as r
    join (
        select d.venue_id, d.day
        from days as d join means as m on m.venue_id = d.venue_id
        where d.reviews >= {BURST_REVIEWS} and d.reviews > m.mean + {BURST_DEVIATIONS} * sqrt(m.mean)) as b
        on b.venue_id = r.venue_id and b.day = r.day"""

_REPEATED = """
    select raw_seq from curated_review_signals
    where text_hash in (
        select text_hash from curated_review_signals semi join curated_reviews using (raw_seq)
        where text_hash is not null group by text_hash having count(*) > 1)"""

_ORPHANS = "select raw_seq from curated_reviews anti join curated_venues using (venue_id)"

# A signal of a review that is another one by now is not there until it is scored anew.
MARKED = f"""
    with found (raw_seq, sign) as (
        select raw_seq, 'orphan' from ({_ORPHANS})
        union all select raw_seq, 'repeated' from ({_REPEATED})
        union all select raw_seq, 'burst' from ({_BURSTS})
        union all select raw_seq, 'outlier 1 future_date' from ({_FUTURE})
        union all select raw_seq, 'outlier 2 stars_far_from_venue' from ({_FAR})
        union all select raw_seq, 'outlier 3 very_long_text' from ({_LONG}))
    select raw_seq, bool_or(sign = 'orphan') as is_orphan, bool_or(sign = 'repeated') as is_duplicate_text,
           bool_or(sign = 'burst') as is_in_burst,
           substr(min(sign) filter (where sign like 'outlier%'), 11) as outlier_rule
    from found semi join curated_reviews using (raw_seq)
    group by raw_seq"""

_FLAGS = "raw_seq, is_orphan, is_duplicate_text, is_in_burst, outlier_rule"
_FLAGGED = f"""
    select {_FLAGS} from reviews.fact_review
    where is_orphan or is_duplicate_text or is_in_burst or outlier_rule is not null"""
# Marked otherwise than before, scored since, or scored no more.
_MOVED = f"""
    select raw_seq from (
        (select {_FLAGS} from marked except ({_FLAGGED})) union (({_FLAGGED}) except select {_FLAGS} from marked))
    union all
    select raw_seq from reviews.fact_review semi join curated_review_signals using (raw_seq) where word_count is null
    union all
    select raw_seq from reviews.fact_review anti join curated_review_signals using (raw_seq)
    where word_count is not null"""

_SOURCES = ", ".join(f"'{source}'" for source in TELL_REPLIES)
_REVIEWS = f"""
    select r.review_id, r.venue_id, r.reviewer_id, r.stars, r.reviewed_at, cast(r.reviewed_at as date) as reviewed_on,
           cast(date_trunc('month', r.reviewed_at) as date) as month, r.date_precision,
           substr(r.text, 1, {EXCERPT_CHARACTERS}) as excerpt, r.text is not null as has_text, r.useful_votes,
           r.funny_votes, r.cool_votes, r.image_count,
           case when r.owner_reply is not null or r.owner_replied_at is not null then true
                when r.source in ({_SOURCES}) then false end as has_reply,
           r.owner_replied_at,
           case when r.date_precision = 'second' and r.owner_replied_at >= r.reviewed_at
                then date_diff('second', r.reviewed_at, r.owner_replied_at) / 3600 end as reply_hours,
           s.language, s.sentiment, s.word_count, s.spam_score,
           coalesce(m.is_duplicate_text, false) as is_duplicate_text, coalesce(m.is_orphan, false) as is_orphan,
           coalesce(m.is_in_burst, false) as is_in_burst, m.outlier_rule, r.source, r.raw_seq
    from {{source}} as r
    left join curated_review_signals as s on s.raw_seq = r.raw_seq
    left join marked as m on m.raw_seq = r.raw_seq"""


def _listed(column: str, name: str, key: str) -> str:
    """One row an entry of a list, each once and none that is null, as SQL."""
    return f"select {key}, unnest(list_distinct({column})) as {name}, raw_seq from {{source}}"


def _of_review(table: str, column: str, name: str) -> Fact:
    """What a review's text names, as far as it is still the review's text."""
    rows = _listed(column, name, "review_id") + " where raw_seq in (select raw_seq from reviews.fact_review)"
    gone = f"select raw_seq from {table} anti join reviews.fact_review using (raw_seq)"
    return Fact(table, "review_signals", rows, gone)


_CHECKINS = """
    select venue_id, cast(moment as date) as checked_in_on, cast(extract(hour from moment) as integer) as hour,
           count(*) as checkins, raw_seq
    from (select venue_id, unnest(moments) as moment, raw_seq from {source})
    where moment is not null
    group by venue_id, checked_in_on, hour, raw_seq"""

_TIPS = f"""
    select tip_id, venue_id, reviewer_id, tipped_at, substr(text, 1, {EXCERPT_CHARACTERS}) as excerpt,
           compliment_count, source, raw_seq
    from {{source}}"""

# In this order: what a review's text names comes after the reviews.
FACTS = (
    Fact("reviews.venue_categories", "venues", _listed("categories", "category", "venue_id")),
    Fact("reviews.rated_film_genres", "rated_films", _listed("genres", "genre", "rated_film_id")),
    Fact("reviews.fact_review", "reviews", _REVIEWS, _MOVED),
    _of_review("reviews.review_aspects", "aspects", "aspect"),
    _of_review("reviews.review_spam_signs", "spam_signs", "sign"),
    Fact("reviews.fact_tip", "tips", _TIPS),
    Fact("reviews.fact_checkin", "checkins", _CHECKINS),
    Fact(
        "reviews.fact_rating",
        "ratings",
        "select user_id, rated_film_id, rating, rated_at, source, raw_seq from {source}",
    ),
)
