-- One till sale a request: a fresh key and client reference each, lines drawn from the catalogue.
local counter, register = 0, os.getenv("REGISTER")
local prefix, token, products = os.getenv("RUN"), os.getenv("TOKEN"), tonumber(os.getenv("PRODUCTS"))
local rows = tonumber(os.getenv("LINES"))
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
local session = os.getenv("SESSION")
if session and session ~= "" then headers["Backroom-Session"] = session end
math.randomseed(tonumber(os.getenv("SEED")))
request = function()
  counter = counter + 1
  local lines = {}
  for row = 1, rows do
    lines[row] = string.format('{"product_id":"P%05d","quantity":"2"}', math.random(0, products - 1))
  end
  local ref = prefix .. "-" .. counter
  headers["Idempotency-Key"] = ref
  return wrk.format("POST", "/api/v1/sales", headers, string.format(
    '{"register_id":"%s","client_ref":"%s","currency":"EUR","lines":[%s],"tenders":[{"type":"cash","amount":%d}]}',
    register, ref, table.concat(lines, ","), rows * 500))
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('WRK {"rate":%.2f,"p50":%.4f,"p99":%.4f,"bad":%d}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
