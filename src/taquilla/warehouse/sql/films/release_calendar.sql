-- What came out when: films and revenue by year and month of release.
-- key: release_year, release_month
--
-- Films without a release date are left out, and those of 1 January: it stands for one of which only the year is known.
-- Revenue is what the month's films took in all, whenever they took it.
select
    release_year,
    cast(extract(month from release_date) as integer) as release_month,
    count(*) as films,
    count(revenue_usd) as films_with_revenue,
    cast(sum(revenue_usd) as bigint) as revenue_usd
from movies
where not is_removed and not (extract(month from release_date) = 1 and extract(day from release_date) = 1)
group by release_year, cast(extract(month from release_date) as integer)
order by release_year, release_month
