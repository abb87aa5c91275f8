-- How far a rating can be trusted: the spread of ratings by number of votes.
-- key: votes_from
with films as (
    select
        vote_average,
        case
            when vote_count >= 10000 then 10000
            when vote_count >= 1000 then 1000
            when vote_count >= 100 then 100
            when vote_count >= 10 then 10
            else 1
        end as votes_from
    from movies
    where not is_removed and vote_count > 0 and vote_average is not null
)

select
    votes_from,
    case when votes_from < 10000 then votes_from * 10 - 1 end as votes_to,
    count(*) as films,
    avg(vote_average) as mean_rating,
    percentile_cont(0.1) within group (order by vote_average) as p10_rating,
    percentile_cont(0.5) within group (order by vote_average) as median_rating,
    percentile_cont(0.9) within group (order by vote_average) as p90_rating
from films
group by votes_from
order by votes_from
