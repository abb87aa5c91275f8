-- How far the sentiment of the text agrees with the stars that it came with, by language.
-- key: language
--
-- Of the reviews with stars and a sentiment. Pearson: their correlation; null where one of them never varies. Same
-- sign: of those with other than three stars and a sentiment other than 0, the share where both are good or both are
-- bad.
select
    language,
    count(*) as reviews,
    case when stddev_samp(stars) > 0 and stddev_samp(sentiment) > 0 then corr(stars, sentiment) end as pearson,
    cast(count(*) filter (where (stars - 3) * sentiment > 0) as double precision)
    / nullif(count(*) filter (where (stars - 3) * sentiment <> 0), 0) as same_sign_share
from reviews.fact_review
where stars is not null and sentiment is not null
group by language
order by reviews desc, language nulls last
