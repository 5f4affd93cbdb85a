# Run once, by the image of PostgreSQL when it makes a new database: the role of gateway and notify,
# which may do nothing but in its own database. (The image's POSTGRES_USER may do everything.)
psql --set ON_ERROR_STOP=1 --set password="$ROLE_PASSWORD" --username postgres <<'SQL'
CREATE ROLE gemist LOGIN PASSWORD :'password';
CREATE DATABASE gemist OWNER gemist;
REVOKE CONNECT ON DATABASE gemist FROM PUBLIC;
SQL
