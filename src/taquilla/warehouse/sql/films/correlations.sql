-- What goes with what: the correlation of each figure of a film with each other, by value and by rank.
-- key: column_x, column_y
--
-- One row a pair, both orders and the diagonal, so that a heat map is drawn straight from it. Each pair is measured
-- over the films that have both; fewer than 10 films, or a figure that never varies, tell nothing: null.
-- pearson_log: of the values, with money, popularity and votes as powers of ten, where they are above zero
-- (films_with_log). spearman: of the ranks within the pair, where equal values share the mean of their ranks.
with columns_of_films (column_number, column_name) as (
    select 1, 'budget_usd'
    union all
    select 2, 'revenue_usd'
    union all
    select 3, 'runtime_min'
    union all
    select 4, 'popularity'
    union all
    select 5, 'vote_average'
    union all
    select 6, 'vote_count'
    union all
    select 7, 'release_year'
),

films as (
    select
        film_id,
        cast(budget_usd as double precision) as budget_usd,
        cast(revenue_usd as double precision) as revenue_usd,
        cast(runtime_min as double precision) as runtime_min,
        popularity,
        case when vote_count > 0 then vote_average end as vote_average,
        cast(vote_count as double precision) as vote_count,
        cast(release_year as double precision) as release_year
    from movies
    where not is_removed
),

measured (column_number, film_id, figure, scaled) as (
    select 1, film_id, budget_usd, log10(budget_usd) from films where budget_usd is not null
    union all
    select 2, film_id, revenue_usd, log10(revenue_usd) from films where revenue_usd is not null
    union all
    select 3, film_id, runtime_min, runtime_min from films where runtime_min is not null
    union all
    select 4, film_id, popularity, case when popularity > 0 then log10(popularity) end
    from films
    where popularity is not null
    union all
    select 5, film_id, vote_average, vote_average from films where vote_average is not null
    union all
    select 6, film_id, vote_count, case when vote_count > 0 then log10(vote_count) end
    from films
    where vote_count is not null
    union all
    select 7, film_id, release_year, release_year from films where release_year is not null
),

ranked as (
    select
        x.column_number as x_number,
        y.column_number as y_number,
        case when y.scaled is not null then x.scaled end as x_scaled,
        case when x.scaled is not null then y.scaled end as y_scaled,
        -- The first and the last place of its equals: their sum is twice the mean rank, which correlates the same.
        cast(rank() over x_order + count(*) over x_order as double precision) as x_rank,
        cast(rank() over y_order + count(*) over y_order as double precision) as y_rank
    from measured as x
    join measured as y on y.film_id = x.film_id and y.column_number > x.column_number
    window
        x_order as (partition by x.column_number, y.column_number order by x.figure),
        y_order as (partition by x.column_number, y.column_number order by y.figure)
),

paired as (
    select * from ranked
    union all
    -- A figure against itself needs no ranks.
    select column_number, column_number, scaled, scaled, figure, figure from measured
),

correlated as (
    select
        x_number,
        y_number,
        count(*) as films,
        count(x_scaled) as films_with_log,
        case
            when count(x_scaled) >= 10 and min(x_scaled) < max(x_scaled) and min(y_scaled) < max(y_scaled)
                then corr(x_scaled, y_scaled)
        end as pearson_log,
        case
            when count(*) >= 10 and min(x_rank) < max(x_rank) and min(y_rank) < max(y_rank)
                then corr(x_rank, y_rank)
        end as spearman
    from paired
    group by x_number, y_number
)

select
    x.column_name as column_x,
    y.column_name as column_y,
    coalesce(c.films, 0) as films,
    c.pearson_log,
    c.spearman,
    coalesce(c.films_with_log, 0) as films_with_log
from columns_of_films as x
cross join columns_of_films as y
left join correlated as c
    on c.x_number = least(x.column_number, y.column_number)
    and c.y_number = greatest(x.column_number, y.column_number)
where exists (select 1 from films)
order by x.column_number, y.column_number
