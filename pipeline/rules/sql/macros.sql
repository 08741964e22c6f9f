-- What predicates may call.

create or replace macro bday(d, n) as cast(cast(d as date) + to_years(cast(n as integer)) as date);
