-- Whether the goals are met: retention, growth and the change of stars and sentiment of each scope in each month.
-- key: scope_kind, scope, month, kpi
--
-- Scopes: all reviews; a venue by its id, a city with its state, a state, a category. A month counts when it has ended
-- (its last day or a later one has a review) and where it and the month before have five reviews or more: fewer say
-- little. Dates in the future do not count. Retention: of the month's reviewers, the share who had written in that
-- scope on an earlier day; a scope's first month has no row, as nobody can return before the data begin. Growth and
-- changes: against the month before. Met: at least the goal; null where the figure or the goal is not known.
-- Those who began are counted in the month in which they did; who came back within it has a day that is no month's.
-- A scope at a time: the groups of all of them together would not fit in memory.
with sound as not materialized (
    select venue_id, month, reviewed_on, reviewer_id, stars, sentiment
    from reviews.fact_review
    where outlier_rule is distinct from 'future_date'
),

placed as not materialized (
    select
        case when v.city is not null then concat_ws(', ', v.city, v.state) end as city,
        v.state,
        r.month,
        r.reviewed_on,
        r.reviewer_id,
        r.stars,
        r.sentiment
    from sound as r
    join reviews.dim_venue as v on v.venue_id = r.venue_id
),

categorised as not materialized (
    select c.category, r.month, r.reviewed_on, r.reviewer_id, r.stars, r.sentiment
    from sound as r
    join reviews.venue_categories as c on c.venue_id = r.venue_id
),

months (scope_kind, scope, month, reviews, mean_stars, mean_sentiment) as (
    select 'all', 'all', month, count(*), avg(stars), avg(sentiment)
    from sound
    group by month
    union all
    select 'venue', venue_id, month, count(*), avg(stars), avg(sentiment)
    from sound
    group by venue_id, month
    union all
    select 'city', city, month, count(*), avg(stars), avg(sentiment)
    from placed
    where city is not null
    group by city, month
    union all
    select 'state', state, month, count(*), avg(stars), avg(sentiment)
    from placed
    where state is not null
    group by state, month
    union all
    select 'category', category, month, count(*), avg(stars), avg(sentiment)
    from categorised
    group by category, month
),

counted as (
    select
        m.scope_kind,
        m.scope,
        m.month,
        cast(m.reviews as double precision) / b.reviews - 1 as growth,
        m.mean_stars - b.mean_stars as stars_change,
        m.mean_sentiment - b.mean_sentiment as sentiment_change
    from months as m
    join months as b
        on b.scope_kind = m.scope_kind and b.scope = m.scope and b.month = cast(m.month - interval '1 month' as date)
    where
        m.reviews >= 5
        and b.reviews >= 5
        and m.month < (select date_trunc('month', cast(max(reviewed_on) + 1 as timestamp)) from sound)
),

wrote (scope_kind, scope, month, reviewers) as (
    select 'all', 'all', month, count(*)
    from (
        select month, reviewer_id
        from sound
        where reviewer_id is not null
        group by month, reviewer_id
    ) as who
    group by month
    union all
    select 'venue', venue_id, month, count(*)
    from (
        select venue_id, month, reviewer_id
        from sound
        where reviewer_id is not null
        group by venue_id, month, reviewer_id
    ) as who
    group by venue_id, month
    union all
    select 'city', city, month, count(*)
    from (
        select city, month, reviewer_id
        from placed
        where reviewer_id is not null and city is not null
        group by city, month, reviewer_id
    ) as who
    group by city, month
    union all
    select 'state', state, month, count(*)
    from (
        select state, month, reviewer_id
        from placed
        where reviewer_id is not null and state is not null
        group by state, month, reviewer_id
    ) as who
    group by state, month
    union all
    select 'category', category, month, count(*)
    from (
        select category, month, reviewer_id
        from categorised
        where reviewer_id is not null
        group by category, month, reviewer_id
    ) as who
    group by category, month
),

began (scope_kind, scope, month, reviewers) as (
    select 'all', 'all', month, count(*)
    from (
        select reviewer_id, min(came_back) as month
        from (
            select
                reviewer_id,
                month + case when max(reviewed_on) > min(reviewed_on) then 1 else 0 end as came_back
            from sound
            where reviewer_id is not null
            group by month, reviewer_id
        ) as days
        group by reviewer_id
    ) as who
    group by month
    union all
    select 'venue', venue_id, month, count(*)
    from (
        select venue_id, reviewer_id, min(came_back) as month
        from (
            select
                venue_id, reviewer_id,
                month + case when max(reviewed_on) > min(reviewed_on) then 1 else 0 end as came_back
            from sound
            where reviewer_id is not null
            group by venue_id, month, reviewer_id
        ) as days
        group by venue_id, reviewer_id
    ) as who
    group by venue_id, month
    union all
    select 'city', city, month, count(*)
    from (
        select city, reviewer_id, min(came_back) as month
        from (
            select
                city, reviewer_id,
                month + case when max(reviewed_on) > min(reviewed_on) then 1 else 0 end as came_back
            from placed
            where reviewer_id is not null and city is not null
            group by city, month, reviewer_id
        ) as days
        group by city, reviewer_id
    ) as who
    group by city, month
    union all
    select 'state', state, month, count(*)
    from (
        select state, reviewer_id, min(came_back) as month
        from (
            select
                state, reviewer_id,
                month + case when max(reviewed_on) > min(reviewed_on) then 1 else 0 end as came_back
            from placed
            where reviewer_id is not null and state is not null
            group by state, month, reviewer_id
        ) as days
        group by state, reviewer_id
    ) as who
    group by state, month
    union all
    select 'category', category, month, count(*)
    from (
        select category, reviewer_id, min(came_back) as month
        from (
            select
                category, reviewer_id,
                month + case when max(reviewed_on) > min(reviewed_on) then 1 else 0 end as came_back
            from categorised
            where reviewer_id is not null
            group by category, month, reviewer_id
        ) as days
        group by category, reviewer_id
    ) as who
    group by category, month
),

kpis (kpi) as (
    select 'retention'
    union all
    select 'growth'
    union all
    select 'stars_change'
    union all
    select 'sentiment_change'
),

figures as (
    select
        c.scope_kind,
        c.scope,
        c.month,
        k.kpi,
        case k.kpi
            when 'retention' then cast(w.reviewers - coalesce(b.reviewers, 0) as double precision) / w.reviewers
            when 'growth' then c.growth
            when 'stars_change' then c.stars_change
            when 'sentiment_change' then c.sentiment_change
        end as value
    from counted as c
    cross join kpis as k
    left join wrote as w on w.scope_kind = c.scope_kind and w.scope = c.scope and w.month = c.month
    left join began as b on b.scope_kind = c.scope_kind and b.scope = c.scope and b.month = c.month
)

select
    f.scope_kind,
    f.scope,
    f.month,
    f.kpi,
    f.value,
    g.goal,
    f.value >= g.goal as is_met
from figures as f
left join reviews.goals as g on g.kpi = f.kpi
order by f.scope_kind, f.scope, f.month, f.kpi
