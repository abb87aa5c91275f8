-- What is odd or was wrong in the reviews: how many rows each check found, in which table.
-- key: check_name, table_name
--
-- Orphans name a place that no source row tells of. Outliers, bursts and repeated texts are marked by the rules of the
-- load and stay in every figure. Spam: half of the signs or more. Repairs are cells that were mended or refused, by
-- the curated table; quarantined rows are not in the star.
with marked as (
    select
        count(*) as reviews,
        count(*) filter (where is_orphan) as orphans,
        count(*) filter (where is_duplicate_text) as duplicate_texts,
        count(*) filter (where outlier_rule = 'stars_far_from_venue') as stars_far_from_venue,
        count(*) filter (where outlier_rule = 'very_long_text') as very_long_text,
        count(*) filter (where outlier_rule = 'future_date') as future_date,
        count(*) filter (where spam_score >= 0.5) as spam,
        count(*) filter (where not has_text) as without_text,
        count(*) filter (where is_in_burst) as in_bursts
    from reviews.fact_review
),

found (check_name, table_name, found) as (
    select 'orphans', 'reviews', orphans from marked where reviews > 0
    union all
    select 'duplicate_texts', 'reviews', duplicate_texts from marked where reviews > 0
    union all
    select 'stars_far_from_venue', 'reviews', stars_far_from_venue from marked where reviews > 0
    union all
    select 'very_long_text', 'reviews', very_long_text from marked where reviews > 0
    union all
    select 'future_date', 'reviews', future_date from marked where reviews > 0
    union all
    select 'spam', 'reviews', spam from marked where reviews > 0
    union all
    select 'without_text', 'reviews', without_text from marked where reviews > 0
    union all
    select 'bursts', 'reviews', in_bursts from marked where reviews > 0
    union all
    select 'repairs', table_name, count(*) from reviews.repairs group by table_name
    union all
    select 'quarantined', table_name, count(*) from reviews.rejected group by table_name
)

select check_name, table_name, found
from found
order by table_name, check_name
