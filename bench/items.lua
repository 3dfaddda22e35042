-- Load for wrk: random boxes over the province, each with about 680 parcels, asked for as GeoJSON. PREFIX is the
-- path before `/items`. The same boxes in the same order on every run and for every server.
math.randomseed(tonumber(os.getenv("SEED") or "7"))
local side = 0.02
local paths, at = {}, 0
for i = 1, 3000 do
  local west, south = 105.65 + math.random() * 1.0, 10.45 + math.random() * 0.5
  paths[i] = string.format("%s/items?bbox=%.5f,%.5f,%.5f,%.5f&limit=1000&f=geojson", os.getenv("PREFIX") or "",
    west, south, west + side, south + side)
end
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %.1f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, bad))
end
