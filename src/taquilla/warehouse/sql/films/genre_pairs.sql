-- Which genres go together: the films of each pair of genres, against what chance would give.
-- key: genre_a_id, genre_b_id
--
-- Both orders of each pair; a pair that no film has is told with 0 films. share_of_a: of the films of genre a.
-- Lift: the films of the pair over those expected if genres were independent, among the films with a known genre;
-- 1 is chance, 2 is twice as often.
with labelled as (
    select l.film_id, l.genre_id
    from movie_genres as l
    join movies as m on m.film_id = l.film_id
    where not m.is_removed
),

totals as (
    select count(distinct film_id) as films from labelled
),

sizes as (
    select l.genre_id, g.name as genre, count(*) as films
    from labelled as l
    join genres as g on g.genre_id = l.genre_id
    group by l.genre_id, g.name
),

paired as (
    select a.genre_id as genre_a_id, b.genre_id as genre_b_id, count(*) as films
    from labelled as a
    join labelled as b on b.film_id = a.film_id and b.genre_id <> a.genre_id
    group by a.genre_id, b.genre_id
)

select
    a.genre_id as genre_a_id,
    a.genre as genre_a,
    b.genre_id as genre_b_id,
    b.genre as genre_b,
    coalesce(p.films, 0) as films,
    a.films as films_of_a,
    cast(coalesce(p.films, 0) as double precision) / a.films as share_of_a,
    cast(coalesce(p.films, 0) as double precision) * t.films / (a.films * b.films) as lift
from sizes as a
join sizes as b on b.genre_id <> a.genre_id
cross join totals as t
left join paired as p on p.genre_a_id = a.genre_id and p.genre_b_id = b.genre_id
order by coalesce(p.films, 0) desc, a.genre_id, b.genre_id
