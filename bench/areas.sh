# Measurements of answers about areas: statistics beside plain SQL, and reports. Sourced by bench/run.

# Communes of the layer, a row each: code, positions of its boundary.
communes() { sql -F ' ' -c "SELECT code, ST_NPoints(geom) FROM gis.admin_commune WHERE valid_to IS NULL ORDER BY code"; }

# Milliseconds of one answer, which lies in $work/answer.json then.
timed() { curl -fs -o "$work/answer.json" -w '%{time_total}\n' "$@" | awk '{print $1 * 1000}'; }
percentile() { sort -n "$work/$1" | awk -v p="$2" '{v[NR]=$1} END{i=int(p*NR+0.999999); printf "%.1f", v[i<1?1:i]}'; }

# The classes of the parcels in a commune as anyone would ask PostGIS, in the plane of EPSG:9210. The server has added
# the system, so that the transformation is the official one. The commune is transformed once.
plain_sql() {
  echo "WITH c AS MATERIALIZED
      (SELECT ST_Transform(geom, 3857) AS m, ST_Transform(geom, 909210) AS a FROM gis.admin_commune WHERE code = '$1' AND valid_to IS NULL),
    x AS (SELECT p.land_use, ST_Transform(p.geom, 909210) AS g, c.a FROM public.parcels p JOIN c ON p.geom && c.m)
    SELECT land_use AS class, count(*) AS n, sum(ST_Area(ST_Intersection(g, a))) / 1e4 AS ha FROM x WHERE ST_Intersects(g, a) GROUP BY 1"
}

statistics() {
  open_result statistics "Classes of 1 020 000 parcels by commune, beside plain SQL"
  mkdir -p "$work/layers/statistics"; cp "$work/layers/snapshot/parcels.toml" "$root/layers/admin_commune.toml" "$work/layers/statistics/"
  cp -r "$root/layers/shared" "$work/layers/statistics/"
  boundaries=${COMMUNES:-$root/../shared/data/admin/tay_ninh_80_communes_2025.geojson}
  [ -f "$boundaries" ] || die "statistics needs real boundaries: COMMUNES=FILE"
  sql -c 'DROP TABLE IF EXISTS gis.admin_commune' 2>/dev/null || true
  "$diaban" import "$boundaries" --layer admin_commune --set valid_from=2025-07-01 --layers "$work/layers/statistics" --data "$work/data-statistics" --database-url "$DATABASE_URL" >"$work/import.log" 2>&1 ||
    die "$(tail -n 3 "$work/import.log")"
  publish statistics
  start_ours statistics $(with_database)
  say "- real boundaries; one client; by snapshot; $rounds rounds over all communes; the plain SQL once, on 6 of the communes that hold parcels"
  : >"$work/a"; : >"$work/b"; : >"$work/far"
  communes >"$work/communes"
  while read -r code _; do
    timed "$ours/collections/parcels/statistics?area=commune:$code@2025-07-01" >/dev/null
    echo "$code $(grep -o '"count":[0-9]*' "$work/answer.json" | head -n 1 | cut -d: -f2)"
  done <"$work/communes" | awk '$2 > 0' | sort -k2,2n >"$work/held"
  # From the fewest parcels to the most, evenly.
  awk '{v[NR]=$1} END{for (i=1; i<=6; i++) print v[1+int((i-0.5)*NR/6)]}' "$work/held" >"$work/beside"
  sql -c 'ANALYZE gis.admin_commune' -c 'ANALYZE public.parcels'
  for _ in $(seq "$rounds"); do
    while read -r code _; do timed "$ours/collections/parcels/statistics?area=commune:$code@2025-07-01&group=land_use" >>"$work/a"; done <"$work/communes"
  done
  while read -r code _; do beside_sql "$code"; done <"$work/beside"
  say "- the 6 hold $(grep -wFf "$work/beside" "$work/held" | awk '{printf "%s%s", (NR>1?", ":""), $2}') parcels"
  say; say "| communes, positions of a boundary | diaban p50 / p95 ms | plain SQL p50 / p95 ms | ratio of the medians | largest relative difference of a sum | missing groups |"
  say "| --- | --- | --- | --- | --- | --- |"
  say "| $(awk '{n++; s+=$2; if ($2>m) m=$2} END{printf "%d, %d on average, %d at most", n, s/n, m}' "$work/communes") | $(percentile a 0.5) / $(percentile a 0.95) | $(percentile b 0.5) / $(percentile b 0.95) | $(ratio "$(percentile b 0.5)" "$(percentile a 0.5)") | $(awk '{if ($1>m) m=$1} END{printf "%.1e", m}' "$work/far") | $(awk '{n+=$2} END{print n+0}' "$work/far") |"
  : >"$work/c"
  for _ in 1 2 3 4 5; do timed "$ours/collections/parcels/statistics?group=commune@2025-07-01,land_use" >>"$work/c"; done
  say; say "The whole province, class by commune: median of 5 answers $(percentile c 0.5) ms, slowest $(percentile c 1) ms."
}

# One commune both ways: the time of the SQL, and how far the sums lie apart.
beside_sql() {
  timed "$ours/collections/parcels/statistics?area=commune:$1@2025-07-01&group=land_use" >/dev/null
  local from; from=$(date +%s%N)
  sql -c "DROP TABLE IF EXISTS truth" -c "CREATE UNLOGGED TABLE truth AS $(plain_sql "$1")"
  echo $((($(date +%s%N) - from) / 1000000)) >>"$work/b"
  sql -F ' ' -c "SELECT coalesce(max(abs(t.ha - a.ha) / t.ha), 0), count(*) FILTER (WHERE a.ha IS NULL) FROM truth t
    LEFT JOIN (SELECT g->'by'->>'land_use' AS class, (g->>'area_ha')::float8 AS ha FROM json_array_elements(\$json\$$(cat "$work/answer.json")\$json\$::json->'groups') g) a USING (class) WHERE t.ha > 1e-6" >>"$work/far"
}

# A database of its own with the sample and the parcels, and the 34 layers.
report_database() {
  sql -c 'DROP DATABASE IF EXISTS report' -c 'CREATE DATABASE report'
  local own=${DATABASE_URL/\/postgres\?/\/report?}
  [ "$own" != "$DATABASE_URL" ] || die "report needs a PostgreSQL of its own: unset DATABASE_URL"
  DATABASE_URL=$own
  rm -rf "$work/data-report" "$work/layers/report"; mkdir -p "$work/layers/report"
  "$diaban" demo --database-url "$DATABASE_URL" --data "$work/data-report" --listen "${ours#http://}" >"$work/diaban.log" 2>&1 & started+=($!)
  wait_for "$ours/health/ready"; stop_servers
  sql -f "$here/parcels.sql"
  cp -r "$root"/layers/*.toml "$root/layers/shared" "$work/layers/report/"; cp "$work/layers/snapshot/parcels.toml" "$work/layers/report/"
  publish report
}

report() {
  open_result report "Report over all layers"
  report_database
  start_ours report $(with_database) --anonymous-class restricted
  say "- the sample's 33 layers ($(sql -c "SELECT sum(n_live_tup) FROM pg_stat_user_tables WHERE schemaname = 'gis'") features) and the parcels, all by snapshot; one client; every commune of the sample, $rounds rounds; as many circles of 5 km²"
  communes >"$work/communes"
  sql -F ' ' -c "SELECT round(ST_X(p)::numeric, 5), round(ST_Y(p)::numeric, 5) FROM (SELECT ST_PointOnSurface(geom) AS p FROM gis.admin_commune WHERE valid_to IS NULL) AS c" >"$work/places"
  : >"$work/a"; : >"$work/b"; : >"$work/c"
  for _ in $(seq "$rounds"); do
    while read -r code _; do timed "$ours/report?area=commune:$code@2025-07-01" >>"$work/a"; done <"$work/communes"
    while read -r lon lat; do timed "$ours/report?area=circle:$lon,$lat,1261.6" >>"$work/b"; done <"$work/places"
  done
  while read -r code _; do timed "$ours/report?area=commune:$code@2025-07-01&f=html" >>"$work/c"; done <"$work/communes"
  say; say "| area | answers | p50 / p95 / slowest ms | asked p95 ms |"
  say "| --- | --- | --- | --- |"
  say "| a commune | $(wc -l <"$work/a") | $(percentile a 0.5) / $(percentile a 0.95) / $(percentile a 1) | 300 |"
  say "| 5 km² | $(wc -l <"$work/b") | $(percentile b 0.5) / $(percentile b 0.95) / $(percentile b 1) | 150 |"
  say "| a commune as a page | $(wc -l <"$work/c") | $(percentile c 0.5) / $(percentile c 0.95) / $(percentile c 1) | |"
}
