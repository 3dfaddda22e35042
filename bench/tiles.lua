-- Load for wrk: random tiles over the province. ZOOMS (comma separated) says which, PREFIX and
-- SUFFIX wrap the path, SEED takes others, KEY is an agency's, PADDING a header as long, WEST and WIDTH (degrees) say where. The same tiles in the same order on every run and for every server.
math.randomseed(tonumber(os.getenv("SEED") or "7"))
local west, width = tonumber(os.getenv("WEST") or "105.62"), tonumber(os.getenv("WIDTH") or "1.06")
local function tile(lon, lat, z)
  local n = 2 ^ z
  local r = math.rad(lat)
  return math.floor((lon + 180) / 360 * n),
    math.floor((1 - math.log(math.tan(r) + 1 / math.cos(r)) / math.pi) / 2 * n)
end
local zooms = {}
for z in (os.getenv("ZOOMS") or "14"):gmatch("%d+") do zooms[#zooms + 1] = tonumber(z) end
local paths, at = {}, 0
for i = 1, 3000 do
  local z = zooms[math.random(#zooms)]
  local x, y = tile(west + math.random() * width, 10.42 + math.random() * 0.56, z)
  paths[i] = (os.getenv("PREFIX") or "") .. string.format("/%d/%d/%d", z, x, y) .. (os.getenv("SUFFIX") or "")
end
local headers = { ["Accept-Encoding"] = "gzip", ["X-API-Key"] = os.getenv("KEY"), ["X-Padding"] = os.getenv("PADDING") }
local requests = {}
request = function()
  at = at % #paths + 1
  -- Written once: the load must not be what is measured.
  requests[at] = requests[at] or wrk.format("GET", paths[at], headers)
  return requests[at]
end
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %.1f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, bad))
end
