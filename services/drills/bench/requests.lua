-- What wrk asks, and what it tells of the answers: one line of JSON.
--   wrk … -s requests.lua <url> -- <file with a path a line> [unique] [header: value …]
local requests, asked, unique = {}, 0, false

function init(args)
  local headers = {}
  for i = 2, #args do
    local name, value = args[i]:match('^([%w-]+): (.*)$')
    if name then headers[name] = value end
    if args[i] == 'unique' then unique = true end
  end
  for path in io.lines(args[1]) do requests[#requests + 1] = { path = path, headers = headers } end
  -- Made once: what is the same every time is not to cost the machine that is measured.
  for _, one in ipairs(requests) do one.text = wrk.format('GET', one.path, one.headers) end
  math.randomseed(os.time())
  asked = math.random(1, 1000) * 1000000
end

function request()
  asked = asked + 1
  local one = requests[asked % #requests + 1]
  if not unique then return one.text end
  return wrk.format('GET', one.path .. '?n=' .. asked, one.headers)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(('\n{"requests":%d,"bytes":%d,"seconds":%.3f,"failed":%d,"p50":%.3f,"p99":%.3f,"cpu":%d}\n'):format(
    summary.requests, summary.bytes, summary.duration / 1e6, failed, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, os.clock() * 1e6))
end
