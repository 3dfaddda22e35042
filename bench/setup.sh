# What each measurement of bench/run stands on: a PostgreSQL, the parcels, the servers.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
work=${BENCH_WORK:-$here/.work}
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-10}
martin_version=1.14.0
tipg_version=1.6.1
ours=http://127.0.0.1:4101 peer=http://127.0.0.1:4102 fixed=http://127.0.0.1:4103
diaban=$root/target/release/diaban
measure=$root/target/release/examples/measure
started=()

die() { echo "bench: $*" >&2; exit 1; }
stop_all() { stop_servers; stop_postgres; }
stop_servers() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  started=()
}
trap stop_all EXIT

# PostgreSQL refuses to run as root
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }

start_postgres() {
  [ -z "${DATABASE_URL:-}" ] || return 0
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  pg=$(mktemp -d /tmp/diaban-bench-XXXXXX)
  [ "$(id -u)" != 0 ] || chown postgres "$pg"
  (cd / && as_postgres "$bin/initdb" -D "$pg/data" -U bench -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
  (cd / && as_postgres "$bin/pg_ctl" -s -w -D "$pg/data" -l "$pg/log" -o "-c listen_addresses='' -k $pg \
    -c shared_buffers=2GB -c max_wal_size=8GB -c maintenance_work_mem=512MB -c max_connections=100 -c jit=off" start)
  export DATABASE_URL="postgres://bench@/postgres?host=$pg"
}
stop_postgres() {
  [ -n "${pg:-}" ] || return 0
  (cd / && as_postgres "$bin/pg_ctl" -s -m immediate -D "$pg/data" stop) || true
  rm -rf "$pg"
  pg=
}

sql() { PGOPTIONS='-c client_min_messages=warning' psql -q -X -At -v ON_ERROR_STOP=1 -d "$DATABASE_URL" "$@"; }
# An unlogged table is empty after a crash, whatever the statistics say.
has_rows() {
  [ "$(sql -c "SELECT coalesce((SELECT reltuples > $2 FROM pg_class WHERE oid = to_regclass('$1')), false)")" = t ] &&
    [ "$(sql -c "SELECT EXISTS (SELECT FROM $1)")" = t ]
}

# The program, the tool that measures, a database with the parcels, and the layer files:
#   layers/straight  the table as it stands    layers/snapshot  by snapshot    layers/own  a table of the program's own
prepare() {
  command -v wrk >/dev/null || die "wrk is missing: make bench installs it"
  [ -x "$diaban" ] && [ -x "$measure" ] || die "build the program first: make bench does"
  mkdir -p "$work" "$here/results"
  start_postgres
  sql -c 'CREATE EXTENSION IF NOT EXISTS postgis'
  has_rows public.parcels 1000000 || { echo "making 1 020 000 parcels" >&2; sql -f "$here/parcels.sql"; }
  rm -rf "$work/layers"; mkdir -p "$work/layers/straight" "$work/layers/snapshot" "$work/layers/own"
  cp "$here/layers/parcels.toml" "$work/layers/straight/"
  sed '/^table = /s/ }$/, refresh_s = 86400 }/' "$here/layers/parcels.toml" >"$work/layers/snapshot/parcels.toml"
  sed '/^table = /d' "$here/layers/parcels.toml" >"$work/layers/own/parcels.toml"
}

# A snapshot of a layer folder, in a data folder of that name.
publish() {
  rm -rf "$work/data-$1/snapshot"
  "$diaban" publish --database-url "$DATABASE_URL" --layers "$work/layers/$1" --data "$work/data-$1" >"$work/publish-$1.log" 2>&1 ||
    die "publish failed: $(tail -n 3 "$work/publish-$1.log")"
}

# diaban over a layer folder: NAME [--cache-mb N ...]
start_ours() {
  local name=$1; shift
  "$diaban" serve --layers "$work/layers/$name" --data "$work/data-$name" --listen "${ours#http://}" "$@" >"$work/diaban.log" 2>&1 & started+=($!)
  ours_pid=$!
  wait_for "$ours/health/ready"
}
with_database() { echo --database-url "$DATABASE_URL"; }

find_martin() {
  for martin in "$(command -v martin || true)" "$work/martin/bin/martin"; do
    [ -x "$martin" ] && [ "$("$martin" --version)" = "martin $martin_version" ] && return 0
  done
  echo "installing Martin $martin_version (once, some minutes)" >&2
  cargo install martin --version "$martin_version" --locked --no-default-features --features postgres --root "$work/martin" >&2
  martin=$work/martin/bin/martin
}
start_martin() {
  find_martin
  "$martin" --cache-size 0 --listen-addresses "${peer#http://}" --pool-size 20 "$DATABASE_URL" >"$work/martin.log" 2>&1 & started+=($!)
  wait_for "$peer/health"
}

wait_for() { for _ in $(seq 300); do curl -fs -o /dev/null "$1" && return 0; sleep 0.2; done; die "no answer from $1"; }

# Rate, p50 ms, p99 ms, errors of one load: ZOOMS BASE PREFIX
load() {
  ZOOMS=$1 PREFIX=$3 wrk -t1 -c"${connections:-8}" -d"${seconds}s" --latency -s "$here/tiles.lua" "$2" | awk '/^RESULT/{print $2, $3, $4, $5}'
}

# The same of boxes: BASE PREFIX
load_items() {
  PREFIX=$2 wrk -t1 -c"${connections:-8}" -d"${seconds}s" --latency -s "$here/items.lua" "$1" | awk '/^RESULT/{print $2, $3, $4, $5}'
}

# tipg over the table, in a Python environment of its own. It wants a host in its address: a folder is one when written so.
start_tipg() {
  local address=${DATABASE_URL/#postgres:/postgresql:}
  if [[ $address == *\?host=/* ]]; then
    local folder=${address#*\?host=}
    address=${address%%\?*}; address=${address/@\//@${folder//\//%2F}/}
  fi
  [ -x "$work/tipg/bin/uvicorn" ] || { python3 -m venv "$work/tipg" && "$work/tipg/bin/pip" -q install "tipg==$tipg_version" uvicorn; }
  TIPG_DB_SCHEMAS='["public"]' DATABASE_URL=$address \
    "$work/tipg/bin/uvicorn" tipg.main:app --port "${peer##*:}" --workers 2 --log-level warning >"$work/tipg.log" 2>&1 & started+=($!)
  wait_for "$peer/collections/public.parcels"
}

median() { sort -n | awk '{v[NR]=$1} END{print (NR%2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }
column() { awk -v n="$2" '{print $n}' "$work/$1" | median; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN{printf "%.2f", a/b}'; }
ratios() { paste -d' ' "$work/a" "$work/b" | awk '{printf "%s%.2f", (NR>1?", ":""), $1/$5}'; }

# Opens a result file: NAME TITLE; what is printed after that goes there too
open_result() {
  result=$here/results/$1.md
  {
    echo "# $2"
    echo
    echo "- $(date -u +%Y-%m-%d), commit $(git -C "$root" rev-parse --short HEAD)$([ -z "$(git -C "$root" status --porcelain -- src Cargo.lock)" ] || echo ' with changes'), \`bench/run $1\`"
    echo "- $(awk -F': ' '/model name/{print $2; exit}' /proc/cpuinfo), $(nproc) cores, $(awk '/MemTotal/{printf "%.0f GB", $2/1e6}' /proc/meminfo), $(. /etc/os-release; echo "$PRETTY_NAME")"
    echo "- $(sql -c "SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || postgis_lib_version()"), $(sql -c "SELECT count(*) FROM parcels") parcels of 9 points and 7 attributes in EPSG:3857"
  } >"$result"
}
say() { echo "$*" | tee -a "$result"; }
keep() { tee -a "$result"; }
