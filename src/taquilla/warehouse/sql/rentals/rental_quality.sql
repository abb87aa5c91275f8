-- What was wrong in the source: cells that were repaired or refused and rows that were refused, by rule.
-- key: table_name, column_name, rule
--
-- A refused cell is null in the shop's tables; a refused row is not there. A row's refusal names no column.
select
    table_name,
    column_name,
    rule,
    count(*) filter (where made is not null) as cells_repaired,
    count(*) filter (where made is null) as cells_refused,
    cast(0 as bigint) as rows_refused
from shop.repairs
group by table_name, column_name, rule
union all
select
    table_name,
    null as column_name,
    rule,
    cast(0 as bigint) as cells_repaired,
    cast(0 as bigint) as cells_refused,
    count(*) as rows_refused
from shop.rejected
group by table_name, rule
order by table_name, column_name nulls last, rule
