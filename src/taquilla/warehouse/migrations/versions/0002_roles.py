"""Two roles that nobody logs in as: `taquilla_loader` loads, `taquilla_reader` reads; grant them to those who do.

Roles belong to the whole server, the grants to this database. Revision 0002, after 0001.
"""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

LOADER, READER = "taquilla_loader", "taquilla_reader"
SCHEMAS = ("public", "ops", "mart", "materialized")
READ = ("public", "ops", "mart")
WRITTEN = ("public", "ops")

# Another database's migration may make it at the same moment.
_CREATE = """
do $$ begin
    if not exists (select from pg_roles where rolname = '{role}') then
        create role {role} nologin;
    end if;
exception when duplicate_object or unique_violation then null;
end $$"""

# What another database has granted to it, or who is a member, keeps it.
_DROP = """
do $$ begin
    if not exists (select from pg_auth_members as m join pg_roles as r on r.oid = m.roleid
                   where r.rolname = '{role}' and m.member <> (select oid from pg_roles where rolname = current_user))
    then
        drop role if exists {role};
    end if;
exception when dependent_objects_still_exist or insufficient_privilege then null;
end $$"""

_DATABASE = "do $$ begin execute format('{what}', current_database()); end $$"


def upgrade() -> None:
    """Create the roles where they are missing, and grant each what it needs here."""
    for statement in (*_created(), *_closed(), *_granted()):
        op.execute(statement)


def _created() -> list[str]:
    return [_CREATE.format(role=role) for role in (LOADER, READER)]


def _closed() -> list[str]:
    """What everybody could do until now."""
    return [
        "revoke create on schema public from public",
        _DATABASE.format(what="revoke temporary on database %I from public"),
        *(f"revoke all on schema {schema} from public" for schema in SCHEMAS if schema != "public"),
    ]


def _granted() -> list[str]:
    both, writing = f"{LOADER}, {READER}", "select, insert, update, delete"
    return [
        _DATABASE.format(what=f"grant temporary on database %I to {LOADER}"),
        *(f"grant usage on schema {schema} to {both}" for schema in READ),
        *(f"grant select on all tables in schema {schema} to {READER}" for schema in READ),
        *(f"grant {writing} on all tables in schema {schema} to {LOADER}" for schema in WRITTEN),
        *(f"grant usage on all sequences in schema {schema} to {LOADER}" for schema in WRITTEN),
        f"grant select on all tables in schema mart to {LOADER}",
        # Nobody's business but the migration's: which revision this is. Everybody may know.
        f"revoke insert, update, delete on alembic_version from {LOADER}",
        *(_default(schema, f"grant select on tables to {READER}") for schema in READ),
        *(_default(schema, f"grant {writing} on tables to {LOADER}") for schema in WRITTEN),
        *(_default(schema, f"grant usage on sequences to {LOADER}") for schema in WRITTEN),
        _default("mart", f"grant select on tables to {LOADER}"),
    ]


def _default(schema: str, change: str) -> str:
    return f"alter default privileges in schema {schema} {change}"


def downgrade() -> None:
    """Take the grants back, and drop the roles that no other database and no member has."""
    both = f"{LOADER}, {READER}"
    for schema in READ:
        op.execute(_default(schema, f"revoke all on tables from {both}"))
        op.execute(_default(schema, f"revoke all on sequences from {both}"))
        op.execute(f"revoke all on all tables in schema {schema} from {both}")
        op.execute(f"revoke all on all sequences in schema {schema} from {both}")
        op.execute(f"revoke all on all functions in schema {schema} from {both}")
        op.execute(f"revoke all on schema {schema} from {both}")
    op.execute(_DATABASE.format(what=f"revoke temporary on database %I from {LOADER}"))
    op.execute(_DATABASE.format(what="grant temporary on database %I to public"))
    for role in (LOADER, READER):
        op.execute(_DROP.format(role=role))
