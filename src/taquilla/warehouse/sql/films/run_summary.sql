-- What each run did: its steps, how long they took, what landed and what was refused; newest first.
-- key: run_id
--
-- A run fails by the last attempt of a step: what went well when it was tried again is well. Seconds are of all
-- attempts. What a failed attempt had done is unknown and not counted. Landed: records of films, without the
-- popularities of the daily export. A load brings the steps before it: its own row comes with the next.
with attempts as (
    select
        *,
        row_number() over (partition by run_id, step order by run_seq desc) as newest_first
    from ops.runs
)

select
    run_id,
    min(started_at) as started_at,
    sum(seconds) as seconds,
    count(distinct step) as steps,
    count(*) filter (where newest_first = 1 and outcome <> 'ok') as failed_steps,
    cast(sum(rows) filter (where step in ('land_films', 'consume_films')) as bigint) as landed_rows,
    cast(sum(quarantined) as bigint) as quarantined,
    cast(sum(dead) as bigint) as dead,
    case when count(*) filter (where newest_first = 1 and outcome <> 'ok') = 0 then 'ok' else 'failed' end as outcome
from attempts
group by run_id
order by min(started_at) desc, run_id
