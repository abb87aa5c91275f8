-- Which of these people, companies and collections the warehouse does not have.
select g.role, g.member_id
from (
    select 'director_ids' as role, unnest(cast($director_ids as bigint[])) as member_id
    union all
    select 'cast_ids', unnest(cast($cast_ids as bigint[]))
    union all
    select 'company_ids', unnest(cast($company_ids as bigint[]))
    union all
    select 'collection_id', unnest(cast($collection_ids as bigint[]))
) as g
left join people as p on g.role in ('director_ids', 'cast_ids') and p.person_id = g.member_id
left join production_companies as c on g.role = 'company_ids' and c.company_id = g.member_id
left join collections as n on g.role = 'collection_id' and n.collection_id = g.member_id
where p.person_id is null and c.company_id is null and n.collection_id is null
order by g.role, g.member_id
