# Loading files, beside ogr2ogr without checks; bench/run sources this.

# The parcels as agencies would send them: FlatGeobuf in degrees, a Shapefile in VN-2000 / TM-3 105-45 with its texts in
# TCVN3, and the first with each hundredth price changed.
make_files() {
  files=$work/import
  [ -f "$files/changed.fgb" ] && return 0
  rm -rf "$files"; mkdir -p "$files/shp"
  echo "writing the parcels into files" >&2
  PGAPPNAME=bench ogr2ogr -q -f FlatGeobuf -t_srs EPSG:4326 -nln parcels -nlt POLYGON "$files/parcels.fgb" "PG:${DATABASE_URL/#postgres:/postgresql:}" \
    -sql 'SELECT parcel_no, land_use, price_vnd_m2, price_year, commune, street, geom FROM public.parcels' || die "ogr2ogr failed"
  ogr2ogr -q -f 'ESRI Shapefile' -lco ENCODING=UTF-8 -t_srs EPSG:9210 -nlt POLYGON "$files/shp/parcels.shp" "$files/parcels.fgb" 2>/dev/null || die "ogr2ogr failed"
  "$measure" tcvn3 "$files/shp/parcels.dbf" || die "the texts could not be written in TCVN3"
  ogr2ogr -q -f FlatGeobuf -nln parcels -dialect sqlite "$files/changed.fgb" "$files/parcels.fgb" \
    -sql 'SELECT parcel_no, land_use, price_vnd_m2 + (rowid % 100 = 0) AS price_vnd_m2, price_year, commune, street, geometry FROM parcels' || die "ogr2ogr failed"
}

# Seconds of an import and the most memory of the program, MB; what it says stays in import.log: FILE
timed_import() {
  local from to pid
  from=$(date +%s.%N)
  "$diaban" import "$1" --layer parcels --database-url "$DATABASE_URL" --layers "$work/layers/own" >"$work/import.log" 2>&1 & pid=$!
  watch_memory $pid >"$work/peak" & wait $pid || die "the import failed: $(tail -n 3 "$work/import.log")"
  to=$(date +%s.%N)
  wait
  awk -v a="$from" -v b="$to" '{printf "%.2f %d\n", b-a, $1/1024}' "$work/peak"
}

# The most memory of a process until it ends, KB, as the kernel keeps it. Looking takes no processor from what is timed: PID
watch_memory() {
  local peak=0 name value
  while kill -0 "$1" 2>/dev/null; do
    while read -r name value _; do [ "$name" = VmHWM: ] && peak=$value; done 2>/dev/null <"/proc/$1/status"
    read -rt 0.1 name <> <(:) || true
  done
  echo "$peak"
}

timed_ogr2ogr() {
  local from; from=$(date +%s.%N)
  ogr2ogr -q -f PostgreSQL "PG:${DATABASE_URL/#postgres:/postgresql:}" "$1" -nln public.peer_parcels -nlt POLYGON -t_srs EPSG:4326 \
    -lco GEOMETRY_NAME=geom --config PG_USE_COPY YES --config SHAPE_ENCODING ISO-8859-1 2>/dev/null || die "ogr2ogr failed"
  awk -v a="$from" -v b="$(date +%s.%N)" 'BEGIN{printf "%.2f\n", b-a}'
}

import_files() {
  open_result import "Loading files beside ogr2ogr"
  make_files
  say "- $(ogr2ogr --version), with PG_USE_COPY, into a new table with its spatial index, no checks; \`diaban import\` with its checks, its key, its change log and its record of the run, into an empty layer; $rounds rounds in turn, medians"
  say "- texts of the Shapefile in TCVN3 without a word of it; ogr2ogr is told ISO-8859-1, without which it stops, and loads them garbled; those of the FlatGeobuf file in UTF-8; load average at the start $(cut -d' ' -f1 /proc/loadavg)"
  say
  say "| file | diaban s | ogr2ogr s | ratio (each round) | diaban's memory, most, MB |"
  say "| --- | --- | --- | --- | --- |"
  for file in shp/parcels.shp parcels.fgb; do
    : >"$work/a"; : >"$work/b"
    for _ in $(seq "$rounds"); do
      sql -c 'DROP TABLE IF EXISTS gis.parcels' -c 'CHECKPOINT' 2>/dev/null || true
      timed_import "$files/$file" >>"$work/a"
      sql -c 'DROP TABLE IF EXISTS public.peer_parcels' -c 'CHECKPOINT'
      timed_ogr2ogr "$files/$file" >>"$work/b"
    done
    say "| $file | $(column a 1) | $(column b 1) | $(ratio "$(column b 1)" "$(column a 1)") ($(paste -d' ' "$work/a" "$work/b" | awk '{printf "%s%.2f", (NR>1?", ":""), $3/$1}')) | $(awk '{if ($2>m) m=$2} END{print m}' "$work/a") |"
  done
  first=$(column a 1)
  say
  say "| merge of 1 % changed rows into the parcels | s | times the speed of the first load | statements wrote |"
  say "| --- | --- | --- | --- |"
  : >"$work/a"
  for _ in $(seq "$rounds"); do
    for which in changed parcels; do
      sql -c 'CHECKPOINT'
      timed_import "$files/$which.fgb" | tee "$work/b" >>"$work/a"
      say "| $which.fgb | $(column b 1) | $(ratio "$first" "$(column b 1)") | $(sed -n 's/.*loaded: .*(\(.*\)).*/\1/p' "$work/import.log") |"
    done
  done
  say "| median | $(column a 1) | $(ratio "$first" "$(column a 1)") | |"
  sql -c 'DROP TABLE IF EXISTS public.peer_parcels'
}
