-- Who loads and who reads, made once, with a new volume; the owner's `taquilla migrate` grants to the roles what they may.
\set ON_ERROR_STOP on
\getenv loader_password MOVIE_LOADER_PASSWORD
\getenv reader_password MOVIE_READER_PASSWORD

create role taquilla_loader nologin;
create role taquilla_reader nologin;
create role etl login password :'loader_password' in role taquilla_loader;
create role dashboards login password :'reader_password' in role taquilla_reader;
