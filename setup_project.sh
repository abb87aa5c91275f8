#!/usr/bin/env bash
# Sets Taquilla up with Docker Compose on this machine: secrets, images, services, topic, tables.
set -euo pipefail
cd "$(dirname "$0")"

readonly FILES=(deploy/compose.yaml deploy/Dockerfile deploy/airflow/Dockerfile deploy/install.sh deploy/wanted.py
  deploy/pip.lock deploy/postgres/roles.sql pyproject.toml requirements-dev.lock .dockerignore)
readonly NEEDS_COMPOSE=(2 24)
# What can go wrong, as the command line of Taquilla tells it.
readonly BAD_USAGE=2 UNAVAILABLE=4 MISSING=5
# Several minutes: Airflow makes its tables first.
readonly WAIT_S=900

usage() {
  cat <<END
Usage: ./setup_project.sh [--small] [--sandbox] [--s3] [--check] [--no-build]

Writes .env with passwords of its own (an existing one stays as it is), builds the images, starts the
services, waits until they are well, makes the Kafka topic and the tables, and shows the addresses.

  --small      without Airflow: Kafka, PostgreSQL, the consumer, the dashboard
  --sandbox    with a server that answers like TMDB over the built-in films: no token is needed
  --s3         with an S3 server, and the lake in it
  --check      only what needs no Docker: looks at the files, writes .env
  --no-build   starts the images that are there
  -h, --help   shows this

--small, --sandbox and --s3 are written into .env and hold from its making on; edit it to change them.
Exit codes: 2 wrong use, 4 a service does not answer, 5 something is not installed or missing.
END
}

say() { printf '[setup] %s\n' "$*"; }

fail() {
  local code=$1
  shift
  printf '[setup] %s\n' "$*" >&2
  exit "$code"
}

read_options() {
  profiles=airflow with_sandbox=false with_s3=false only_check=false build=true
  while (($#)); do
    case $1 in
      --small) profiles="" ;;
      --sandbox) with_sandbox=true ;;
      --s3) with_s3=true ;;
      --check) only_check=true ;;
      --no-build) build=false ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && fail "$BAD_USAGE" "Unknown option $1." ;;
    esac
    shift
  done
  if $with_sandbox; then profiles="${profiles:+$profiles,}sandbox"; fi
  if $with_s3; then profiles="${profiles:+$profiles,}s3"; fi
}

check_files() {
  local file
  for file in "${FILES[@]}"; do
    [[ -f $file ]] || fail "$MISSING" "$file is missing. Clone the repository whole, then run again."
  done
  mkdir -p deploy/airflow/dags
  say "Files: all there."
}

secret() { od -An -tx1 -N"${1:-24}" /dev/urandom | tr -d ' \n'; }

# Airflow's: 32 bytes in the alphabet of addresses.
fernet_key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }

write_env() {
  if [[ -e .env ]]; then
    say ".env is there; it stays as it is."
    return
  fi
  local written
  written=$(mktemp .env.XXXXXX)
  chmod 600 "$written"
  env_lines >"$written"
  # A link fails where somebody else has made one meanwhile.
  ln "$written" .env || { rm -f "$written" && fail "$UNAVAILABLE" ".env could not be written. Run again."; }
  rm -f "$written"
  say ".env is written, with passwords of its own. Keep a copy where you keep passwords."
}

env_lines() {
  cat <<END
# Made by setup_project.sh. Not for the repository: git ignores it. docs/deployment.md tells what each is.
COMPOSE_FILE=deploy/compose.yaml
COMPOSE_PROFILES=$profiles

# From themoviedb.org, Settings > API. Then: docker compose up --detach
TAQUILLA_TMDB__TOKEN=$(if $with_sandbox; then echo sandbox; fi)
$(sandbox_lines)
$(s3_lines)
MOVIE_POSTGRES_PASSWORD=$(secret)
MOVIE_LOADER_PASSWORD=$(secret)
MOVIE_READER_PASSWORD=$(secret)
S3_ACCESS_KEY=$(secret 10)
S3_SECRET_KEY=$(secret)
AIRFLOW_POSTGRES_PASSWORD=$(secret)
AIRFLOW_ADMIN_PASSWORD=$(secret 12)
AIRFLOW_FERNET_KEY=$(fernet_key)
AIRFLOW_API_SECRET_KEY=$(secret 32)
AIRFLOW_JWT_SECRET=$(secret 64)
REDIS_PASSWORD=$(secret)

# On this machine's 127.0.0.1
WEB_PORT=8000
AIRFLOW_PORT=8080
KAFKA_PORT=9092
MOVIE_POSTGRES_PORT=5432
S3_PORT=8333
END
}

sandbox_lines() {
  $with_sandbox || return 0
  echo "TAQUILLA_TMDB__BASE_URL=http://tmdb_sandbox:8010/3"
  echo "TAQUILLA_TMDB__EXPORT_URL=http://tmdb_sandbox:8010/p/exports"
}

s3_lines() {
  $with_s3 || return 0
  echo "TAQUILLA_LAKE__ROOT=s3://taquilla/lake"
  echo "AWS_ENDPOINT_URL=http://s3:8333"
  echo "AWS_REGION=us-east-1"
}

check_env() {
  local wanted name
  wanted=$(grep -oE '[A-Z0-9_]+:\?' deploy/compose.yaml | tr -d ':?' | sort -u)
  for name in COMPOSE_FILE $wanted; do
    grep -qE "^$name=.+" .env || fail "$BAD_USAGE" ".env has no $name. Add it, or move .env away and run again."
  done
  if [[ -n $(find .env -perm /077) ]]; then
    fail "$BAD_USAGE" "Others may read .env, which holds passwords. Run: chmod 600 .env"
  fi
  say "Secrets: all there, for you alone."
}

check_docker() {
  command -v docker >/dev/null ||
    fail "$MISSING" "Docker is not installed. Install Docker Engine with the Compose plugin, then run again."
  docker info >/dev/null 2>&1 ||
    fail "$UNAVAILABLE" "The Docker engine does not answer. Start it, or join the group docker, then run again."
  local version major minor
  version=$(docker compose version --short 2>/dev/null) ||
    fail "$MISSING" "Docker Compose is not installed. Install the package docker-compose-plugin, then run again."
  IFS=. read -r major minor _ <<<"${version#v}"
  if ((major < NEEDS_COMPOSE[0] || (major == NEEDS_COMPOSE[0] && minor < NEEDS_COMPOSE[1]))); then
    fail "$MISSING" "Docker Compose $version is too old. Install ${NEEDS_COMPOSE[0]}.${NEEDS_COMPOSE[1]} or newer."
  fi
  say "Docker Compose $version."
}

# .env names the compose file, and those that somebody has added to it.
compose() { docker compose --env-file .env "$@"; }

start() {
  if $build; then
    say "Building the images; the first time takes some minutes."
    compose build --quiet
  fi
  # Of an earlier start, and its names; volumes stay.
  compose down --remove-orphans --timeout 60
  say "Starting, and waiting until all are well."
  compose up --detach --wait --wait-timeout "$WAIT_S" ||
    fail "$UNAVAILABLE" "Not all services are well. What they say: docker compose ps --all; docker compose logs"
}

look() {
  say "Looking at broker, topic, database and TMDB as the consumer sees them:"
  compose exec -T consumer taquilla doctor ||
    say "Not everything is well yet; each line above says what to do. Again: docker compose exec consumer taquilla doctor"
}

setting() { sed -n "s/^$1=//p" .env | tail -n 1; }

show_addresses() {
  say "Dashboard and API:  http://localhost:$(setting WEB_PORT)"
  if [[ ,$(setting COMPOSE_PROFILES), == *,airflow,* ]]; then
    say "Airflow:            http://localhost:$(setting AIRFLOW_PORT)  (admin; AIRFLOW_ADMIN_PASSWORD in .env)"
  fi
  say "Kafka:              localhost:$(setting KAFKA_PORT)"
  say "PostgreSQL:         postgresql://dashboards@localhost:$(setting MOVIE_POSTGRES_PORT)/movies  (MOVIE_READER_PASSWORD in .env)"
  say "The first films:    docker compose exec consumer taquilla produce"
}

main() {
  read_options "$@"
  check_files
  $only_check || check_docker
  write_env
  check_env
  if $only_check; then
    say "Without Docker there is no more to check. Start it all with: ./setup_project.sh"
    return
  fi
  start
  look
  show_addresses
}

main "$@"
