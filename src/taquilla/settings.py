"""One tree of settings: defaults < taquilla.toml < environment < flags.

Built once, in the command line or the web service, and passed down as plain values. An environment variable is named
after the setting: `tmdb.token` is `TAQUILLA_TMDB__TOKEN`. A secret has no default and shows in no output.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableError

from taquilla.errors import SettingsError

PREFIX = "TAQUILLA_"
TOPIC = r"^[a-zA-Z0-9._-]{1,249}$"
FILE = "taquilla.toml"
DATABASES = ("mysql", "mariadb", "postgresql", "sqlite", "snowflake")
MEMORY = re.compile(r"(\d+(?:\.\d+)?) ?([MGT]i?B|%)", re.IGNORECASE)


def _folder(path: Path) -> Path:
    there = next((part for part in (path, *path.absolute().parents) if part.exists()), path)
    if there.exists() and not there.is_dir():
        raise PydanticCustomError("not_a_folder", "{path} is a file, not a folder", {"path": str(there)})
    return path


def _memory(text: str) -> str:
    size = MEMORY.fullmatch(text)
    if not size or not float(size[1]) or (size[2] == "%" and float(size[1]) > 100):
        raise PydanticCustomError("not_a_size", "No size of memory; such as 512MB, 1GB, 2GiB or 80% are")
    return text


def _database(url: str) -> str:
    """The database's address, without a password in it: this one would show in logs and errors."""
    try:
        parts = urlsplit(url)
        is_postgres = parts.scheme in ("postgresql", "postgres") and bool(parts.path.strip("/"))
    except ValueError:
        is_postgres = False
    if not is_postgres:
        raise PydanticCustomError("not_an_address", "No address such as postgresql://user@host:5432/database")
    if parts.password is not None or any("passw" in name for name in parse_qs(parts.query)):
        raise PydanticCustomError("holds_a_secret", "An address must hold no password; postgres.password is for that")
    return url


def _shop(url: str) -> str:
    """A source of tables' address, without a password in it: this one would show in logs and errors."""
    try:
        parts = urlsplit(url)
        is_known = parts.scheme in DATABASES and bool(parts.path.strip("/"))
    except ValueError:
        is_known = False
    if not is_known:
        known = ", ".join(f"{scheme}://" for scheme in DATABASES)
        raise PydanticCustomError(
            "not_an_address", "No address such as mysql://user@host:3306/database; known: {known}", {"known": known}
        )
    if parts.password is not None or any("passw" in name or "token" in name for name in parse_qs(parts.query)):
        raise PydanticCustomError(
            "holds_a_secret", "An address must hold no password; 'password' beside it is for that"
        )
    return url


def _brokers(text: str) -> str:
    hosts = [host.strip() for host in text.split(",")]
    if not all(re.fullmatch(r"[^\s/@:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", host) for host in hosts):
        raise PydanticCustomError("not_brokers", "No brokers such as localhost:9092, several separated by commas")
    return ",".join(hosts)


def _address(url: str) -> str:
    """The address, without a secret in it: this one would show in logs and errors."""
    try:
        parts = urlsplit(url)
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_http = False
    if not is_http:
        raise PydanticCustomError("not_an_address", "No address that begins with http:// or https://")
    if "@" in parts.netloc:
        raise PydanticCustomError("holds_a_secret", "An address must hold no user or password; tmdb.token is for those")
    return url


Folder = Annotated[Path, AfterValidator(_folder)]
Memory = Annotated[str, AfterValidator(_memory)]
Address = Annotated[str, AfterValidator(_address)]
Database = Annotated[str, AfterValidator(_database)]
Brokers = Annotated[str, AfterValidator(_brokers)]
Shop = Annotated[str, AfterValidator(_shop)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lake(_Group):
    """Where the lake's tables live and how they are kept."""

    root: str | None = Field(default=None, description="the lake's folder, or s3://bucket/prefix; <data>/lake")
    curated_root: str | None = Field(default=None, description="another folder or s3://bucket/prefix for curated")
    buckets: int = Field(default=1, ge=1, le=4096, description="buckets of a new lake; later: taquilla lake rebucket N")
    retention_days: int = Field(default=180, ge=1, description="TMDB rows older than this are deleted: TMDB's terms")


class Warehouse(_Group):
    """The DuckDB warehouse."""

    path: Path | None = Field(default=None, description="the file; <data>/warehouse.duckdb where unset")
    memory_limit: Memory = Field(
        default="1400MB",
        description="DuckDB's while it loads, reports and trains, such as 2GiB or 80%; it spills to disk",
    )


class Tmdb(_Group):
    """TMDB's API and how hard to ask it."""

    token: SecretStr | None = Field(default=None, description="v4 read token, or v3 api key; no default")
    base_url: Address = Field(default="https://api.themoviedb.org/3", description="the API's address")
    export_url: Address = Field(default="https://files.tmdb.org/p/exports", description="the daily exports' address")
    requests_per_s: float | None = Field(default=30.0, gt=0, description="token bucket; 'none' for no limit")
    connections: int = Field(default=20, ge=1, le=1000, description="requests under way at once, at most")
    timeout_s: float = Field(default=30.0, gt=0, description="of a whole request, body included")
    attempts: int = Field(default=5, ge=1, le=100, description="tries of a request before its film fails")
    language: str | None = Field(default=None, description="such as es-ES; TMDB's default where unset")


class Films(_Group):
    """Which films are wanted."""

    source: Literal["popular", "discover", "export"] = Field(
        default="popular", description="popular, discover (a range of release dates) or export (the whole daily list)"
    )
    pages: int = Field(default=50, ge=1, le=500, description="pages of popular films, 20 a page")
    since: date | None = Field(default=None, description="discover: first release date, YYYY-MM-DD")
    until: date | None = Field(default=None, description="discover: last release date, YYYY-MM-DD")
    min_popularity: float = Field(default=0.0, ge=0, description="export: the least popularity")
    limit: int | None = Field(default=None, ge=1, description="export: at most so many films")
    batch_rows: int = Field(default=2_000, ge=1, description="rows landed in one commit, at most")
    batch_seconds: float = Field(default=10.0, gt=0, description="seconds between two commits, at most")
    road: Literal["direct", "kafka"] = Field(
        default="direct", description="of 'taquilla run' from TMDB to raw: direct, or kafka"
    )


class Kafka(_Group):
    """The broker between fetching and landing."""

    bootstrap: Brokers | None = Field(default=None, description="brokers, such as localhost:9092; none where unset")
    topic: str = Field(default="tmdb_data", pattern=TOPIC, description="the films' topic")
    group: str | None = Field(default=None, min_length=1, description="the consumer group; one a lake where unset")
    dlq_topic: str | None = Field(
        default=None, pattern=TOPIC, description="dead letters are published there too, where set"
    )
    partitions: int = Field(default=4, ge=1, le=10_000, description="of a topic that 'taquilla produce' makes")
    batch_rows: int = Field(default=5_000, ge=1, description="messages landed in one commit, at most")
    batch_seconds: float = Field(default=10.0, gt=0, description="seconds between two commits, at most")
    load_seconds: float = Field(default=60.0, gt=0, description="consume --follow: curate and load so often, at most")
    timeout_s: float = Field(default=10.0, gt=0, description="within which the broker must answer")
    session_s: float = Field(default=6.0, ge=1, description="a silent consumer's partitions are given away after it")
    metrics_port: int | None = Field(default=None, ge=0, le=65535, description="Prometheus metrics of a consumer")
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    username: str | None = Field(default=None, description="for SASL")
    password: SecretStr | None = Field(default=None, description="for SASL; no default")
    ca_file: Path | None = Field(default=None, description="the authority that signed the brokers' certificate")

    @model_validator(mode="after")
    def _dead_letters_leave_the_topic(self) -> "Kafka":
        if self.dlq_topic == self.topic:
            # Each letter would be read again, and be one again.
            raise PydanticCustomError("same_topic", "kafka.dlq_topic must be another topic than kafka.topic")
        return self


class Postgres(_Group):
    """The PostgreSQL warehouse, beside the DuckDB file."""

    url: Database | None = Field(
        default=None, description="postgresql://user@host:port/database, without the password; none where unset"
    )
    password: SecretStr | None = Field(default=None, description="of that user; ~/.pgpass where unset; no default")
    connect_timeout_s: float = Field(default=10.0, gt=0, description="within which the server must answer")
    statement_timeout_s: float = Field(default=60.0, gt=0, description="for a question; a load has half an hour")


class Connection(_Group):
    """A database that tables are read from or copied to, under a name of your own."""

    url: Shop = Field(description="mysql://, mariadb://, postgresql://, sqlite:/// or snowflake://, without a password")
    password: SecretStr | None = Field(default=None, description="of the address's user; no default")


class Rentals(_Group):
    """The shop whose rentals are wanted."""

    source: str | None = Field(
        default=None, description="a connection's name, a workbook, or a folder of CSV or JSON files; none where unset"
    )
    overlap_s: float = Field(default=60.0, ge=0, description="of the last moment read, read again: late commits")
    batch_rows: int = Field(default=100_000, ge=1, description="rows landed in one commit, at most")


class Goals(_Group):
    """What the reviews' figures are held against."""

    retention: float = Field(default=0.2, ge=0, le=1, description="share of reviewers who come back")
    growth: float = Field(default=0.05, description="of the reviews of a month against the month before")
    stars_change: float = Field(default=0.0, description="of the mean of a month against the month before, in stars")
    sentiment_change: float = Field(default=0.0, description="of the mean sentiment against the month before")


class Reviews(_Group):
    """The reviews of places and the ratings of films that are wanted."""

    source: str | None = Field(
        default=None, description="a file or folder of JSON, NDJSON or CSV, on disk or s3://; none where unset"
    )
    pseudonymise: bool = Field(default=True, description="reviewers' names become a keyed hash before they are landed")
    pseudonym_key: SecretStr | None = Field(
        default=None, description="of that hash; made once and kept beside the lake where unset"
    )
    on_type_change: Literal["evolve", "quarantine", "stop"] = Field(
        default="evolve", description="of a field whose type changes: evolve (read it if it can be), quarantine or stop"
    )
    batch_rows: int = Field(default=100_000, ge=1, description="records landed in one commit, at most")
    goals: Goals = Goals()


class Engine(_Group):
    """Where the work runs."""

    name: Literal["local", "dask", "spark"] = Field(default="local", description="local, dask or spark")
    workers: int = Field(default=1, ge=1, description="processes; one bucket is one process's work")
    threads: int | None = Field(
        default=None, ge=1, description="of Polars in each process; the machine's, shared out, where unset"
    )
    memory: str | None = Field(default=None, description="of each Dask worker, such as 2GiB; the machine's, shared out")
    address: str | None = Field(
        default=None,
        description="Dask's scheduler (tcp://) or Spark's master (spark://, sc://, yarn); our own where unset",
    )
    retries: int = Field(default=2, ge=0, description="of an item whose worker died or whose service did not answer")
    timeout_s: float = Field(default=30, gt=0, description="seconds for the address to answer")


class Report(_Group):
    """The report and its pictures."""

    language: Literal["en", "es"] = Field(default="en", description="en or es")
    on_run: bool = Field(default=True, description="write it with every run; 'taquilla report' writes it at any time")
    keep: int = Field(default=10, ge=1, description="reports that stay; upkeep deletes the older ones")


class Model(_Group):
    """The models of success and popularity."""

    seed: int = Field(default=42, ge=0, lt=2**32, description="of every random choice in training")
    on_run: bool = Field(default=True, description="train with every run; 'taquilla train' trains at any time")
    with_pickle: bool = Field(default=False, description="write model.pkl too; Taquilla itself never reads one")
    keep: int = Field(default=10, ge=1, description="model folders that stay; upkeep deletes the older ones")


class Web(_Group):
    """The service."""

    host: str = Field(default="127.0.0.1", description="the address to listen on; 0.0.0.0 for every network")
    memory_limit: Memory = Field(default="1GB", description="DuckDB's while it answers, such as 2GiB or 80%")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_parse_none_str="none", extra="ignore", frozen=True
    )

    data: Folder = Field(default=Path("data"), description="the folder of all that a run leaves")
    port: int = Field(default=8000, ge=0, le=65535, description="of the web service")
    lake: Lake = Lake()
    warehouse: Warehouse = Warehouse()
    tmdb: Tmdb = Tmdb()
    films: Films = Films()
    kafka: Kafka = Kafka()
    postgres: Postgres = Postgres()
    connections: dict[str, Connection] = Field(default={}, description="databases by name, for rentals and copies")
    rentals: Rentals = Rentals()
    reviews: Reviews = Reviews()
    engine: Engine = Engine()
    report: Report = Report()
    model: Model = Model()
    web: Web = Web()

    @property
    def lake_root(self) -> str:
        return self.lake.root or str(self.data / "lake")

    @property
    def analytics(self) -> Path:
        return self.data / "movie_analytics"

    @property
    def warehouse_path(self) -> Path:
        return self.warehouse.path or self.data / "warehouse.duckdb"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        connections = TomlConfigSettingsSource(settings_cls, connections_file())
        return init_settings, env_settings, connections, TomlConfigSettingsSource(settings_cls)

    def kafka_bootstrap(self) -> str:
        """The brokers. SettingsError: none is set."""
        if self.kafka.bootstrap is None:
            raise SettingsError(
                f"Missing setting kafka.bootstrap. Looked for: {PREFIX}KAFKA__BOOTSTRAP, {FILE} [kafka]. "
                "Such as localhost:9092; without a broker: taquilla land"
            )
        return self.kafka.bootstrap

    def tmdb_token(self) -> str:
        """The token. SettingsError: it is not set."""
        if self.tmdb.token is None or not self.tmdb.token.get_secret_value():
            raise SettingsError(
                f"Missing setting tmdb.token. Looked for: {PREFIX}TMDB__TOKEN, {FILE} [tmdb]. "
                "Get one at themoviedb.org (Settings > API), or try the built-in films with: taquilla demo"
            )
        return self.tmdb.token.get_secret_value()


def load_settings(file: Path | None = None, **flags: Any) -> Settings:
    """The settings from file, environment and flags (`tmdb={"token": …}`); None flags are left out.

    SettingsError: a value is out of range, a name in the file is unknown, or the file is not TOML.
    """
    source = file or Path(FILE)
    if file is not None and not file.exists():
        raise SettingsError(f"There is no settings file {file}.")
    configured = type("Settings", (Settings,), {"model_config": {**Settings.model_config, "toml_file": source}})
    _check_names(source)
    _check_connections(connections_file())
    try:
        settings: Settings = configured(**flags)
    except ValidationError as error:
        raise SettingsError("\n".join(_told(error))) from None
    except UnreadableError as error:
        # Its cause holds the value, which may be a secret.
        raise SettingsError(f"{error}: not JSON. A single setting is easier: TAQUILLA_TMDB__TOKEN.") from None
    return settings


def connections_file() -> Path:
    """Where connections with their passwords are kept, outside of any checkout."""
    named = os.environ.get(f"{PREFIX}CONNECTIONS_FILE")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    return Path(named) if named else config / "taquilla" / "connections.toml"


def _check_names(source: Path) -> None:
    """A misspelt name in the file must not be passed over; the environment holds other programs' names too."""
    names = _read(source)
    unknown = sorted(set(names) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(Settings.model_fields)
        raise SettingsError(f"Unknown setting {unknown[0]!r} in {source}. Known: {known}.")
    for name, connection in dict(names.get("connections", {})).items():
        if isinstance(connection, dict) and "password" in connection:
            # This file stands beside the code, and is committed with it sooner or later.
            raise SettingsError(
                f"{source} holds the password of the connection {name!r}. Move it to {connections_file()}, or to "
                f"{PREFIX}CONNECTIONS__{name.upper()}__PASSWORD."
            )


def _check_connections(source: Path) -> None:
    """The file of connections has nothing else in it, and nobody else reads it."""
    names = _read(source)
    if set(names) - {"connections"}:
        raise SettingsError(f"{source} may hold [connections.NAME] alone. Other settings belong into {FILE}.")
    if names and os.name == "posix" and source.stat().st_mode & 0o077:
        raise SettingsError(f"Others may read {source}, which holds passwords. Run: chmod 600 {source}")


def _read(source: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"Cannot read {source}: {error.strerror}. Check the path and its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{source} is not TOML: {error}.") from None


def _told(error: ValidationError) -> Iterator[str]:
    """Each fault in words, without the value: it may be a secret."""
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"])
        yield f"Setting {name}: {fault['msg']}. Looked for: {variable(name)}, {FILE}."


def variable(setting: str) -> str:
    """The environment's name for a setting: `tmdb.token` is `TAQUILLA_TMDB__TOKEN`."""
    return PREFIX + setting.replace(".", "__").upper()


class Described(NamedTuple):
    """A setting as a person reads it; a secret's value is asterisks."""

    setting: str
    value: str
    variable: str
    what: str


def described(settings: BaseModel, prefix: str = "") -> Iterator[Described]:
    """Each setting, with how to set it."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from described(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            for key, each in value.items():
                yield from described(each, f"{prefix}{name}.{key}.")
        else:
            shown = "" if value is None else str(value)
            yield Described(prefix + name, shown, variable(prefix + name), field.description or "")
