-- Keys that name nobody: which column, how many rows, and whether the source has the table that they name.
-- key: table_name, column_name
--
-- The rows are kept, so that money adds up; who they name is an inferred member of the star.
select
    table_name,
    column_name,
    refers_to,
    rows as broken_rows,
    keys as broken_keys,
    rows_referred_to > 0 as has_table
from shop.orphans
order by table_name, column_name
