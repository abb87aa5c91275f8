-- Why records did not become films: dead letters and quarantined records by the rule that they broke.
-- key: kind, rule
--
-- A dead letter could not be read, so that no rule was asked: its rule is null. Records: rows of raw, the newest 10,000
-- refused at most. Films: the different ids that they tell. The sample is the newest of them: `taquilla quarantine show`
-- prints it.
with refused as (
    select
        *,
        row_number() over (partition by kind, rule order by raw_seq desc) as newest_first
    from ops.rejected
)

select
    kind,
    rule,
    count(*) as records,
    count(distinct film_id) as films,
    min(fetched_at) as first_fetched_at,
    max(fetched_at) as last_fetched_at,
    max(raw_seq) as sample_raw_seq,
    max(reason) filter (where newest_first = 1) as sample_reason
from refused
group by kind, rule
order by count(*) desc, kind, rule nulls last
