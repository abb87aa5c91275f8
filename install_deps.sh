#!/usr/bin/env bash
# Brings the Python libraries to what the lock says: in the images, or in a virtual environment on this machine.
set -euo pipefail
cd "$(dirname "$0")"

readonly SERVICES=(consumer airflow-worker)
readonly BAD_USAGE=2 UNAVAILABLE=4 MISSING=5

usage() {
  cat <<END
Usage: ./install_deps.sh [--local FOLDER] [--extras LIST]

Builds the images anew with the libraries of requirements-dev.lock, each checked by its hash, checks that they
fit together, and starts the services that use them again. A running container is never changed.

  --local FOLDER  into a virtual environment on this machine instead; needs Python 3.11 and no Docker
  --extras LIST   such as kafka,postgres,aws (the default), or dask too; TAQUILLA_EXTRAS in .env keeps it
  -h, --help      shows this
END
}

fail() {
  local code=$1
  shift
  printf '[deps] %s\n' "$*" >&2
  exit "$code"
}

# .env names the compose file, and those that somebody has added to it.
compose() { docker compose --env-file .env "$@"; }

rebuild() {
  command -v docker >/dev/null || fail "$MISSING" "Docker is not installed. On this machine alone: ./install_deps.sh --local .venv"
  [[ -f .env ]] || fail "$MISSING" "There is no .env yet. Run ./setup_project.sh first."
  local service services
  # Airflow's are there where its profile is on.
  mapfile -t services < <(compose config --services | grep -Fx "$(printf '%s\n' "${SERVICES[@]}")")
  compose build --pull "${services[@]}"
  for service in "${services[@]}"; do
    compose run --rm --no-deps --entrypoint /opt/taquilla/bin/python "$service" -m pip check ||
      fail "$UNAVAILABLE" "The libraries of $service do not fit together. Make the lock anew: make lock"
  done
  compose up --detach --wait
}

main() {
  local folder=""
  extras=${TAQUILLA_EXTRAS:-}
  while (($#)); do
    case $1 in
      --local) folder=${2:?--local wants a folder} && shift ;;
      --extras) extras=${2:?--extras wants a list} && shift ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && fail "$BAD_USAGE" "Unknown option $1." ;;
    esac
    shift
  done
  if [[ -n $folder ]]; then
    deploy/install.sh "$(realpath -m "$folder")" "${extras:-kafka,postgres,aws}"
  else
    if [[ -n $extras ]]; then export TAQUILLA_EXTRAS=$extras; fi
    rebuild
  fi
}

main "$@"
