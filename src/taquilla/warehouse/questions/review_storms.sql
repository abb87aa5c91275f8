-- en: On which days places had far more reviews than usual, and how these were
-- es: En qué días tuvo un sitio muchas más reseñas de lo habitual, y cómo fueron
-- parameters: days = 20
select b.venue_id, b.name as venue, b.day, b.reviews, b.expected, b.score, b.mean_stars
from mart.review_bursts as b
order by b.score desc, b.venue_id, b.day
limit cast($days as bigint)
