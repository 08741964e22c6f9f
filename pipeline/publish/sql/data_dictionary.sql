-- model:   data_dictionary
-- grain:   one row per database, table_name, column_name: every column of both databases, and every table with an empty column_name
-- inputs:  research.data_dictionary, control.described
-- columns:
--   database    VARCHAR  research or publication
--   table_name  VARCHAR  table
--   column_name VARCHAR  column; empty for the table itself
--   type        VARCHAR  in DuckDB's words; table for a table
--   unit        VARCHAR  what a number counts or is in; empty where there is nothing to say
--   description VARCHAR  what it holds; for a table one row of it
--   source      VARCHAR  where it comes from
-- checks:  unique(database, table_name, column_name)
-- source:  the headers of the models and the databases themselves
with held as (
    select if(database_name = 'research', 'research', 'publication') as database, table_name, column_name, data_type as type, comment
    from duckdb_columns()
    where database_name in ('research', current_database()) and schema_name = 'main' and not internal
        and not (database_name = current_database() and table_name = 'data_dictionary')
    union all
    select if(database_name = 'research', 'research', 'publication'), table_name, '', 'table', comment
    from duckdb_tables()
    where database_name in ('research', current_database()) and schema_name = 'main' and not internal
        and not (database_name = current_database() and table_name = 'data_dictionary')
    union all
    select 'publication', 'data_dictionary', column_name, type, null from control.described where table_name = 'data_dictionary'
), said as (
    select 'publication' as database, table_name, column_name, unit, description, source from control.described
    union all
    select distinct on (table_name, column_name) 'research', table_name, coalesce(column_name, ''), unit, description, source
    from research.data_dictionary
    where database = 'research'
    order by table_name, column_name, description
), final as (
    select h.database, h.table_name, h.column_name, h.type, coalesce(s.unit, '') as unit,
        coalesce(s.description, h.comment, '') as description, coalesce(s.source, '') as source
    from held h left join said s using (database, table_name, column_name)
)
select * from final
order by database, table_name, column_name
