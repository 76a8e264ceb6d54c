-- What passes through, second by second and in all, in memory that all workers share. A request costs a handful of
-- additions; everything else is done by whoever looks.
local cjson = require 'cjson.safe'
local counting = require 'counting'

local shared = ngx.shared.counters
local counters = {}

local SECONDS = 60 -- told, and never the one that is not over yet
local WAITS_OVER = 10 -- seconds
local LIFE = SECONDS + 15
local NAMES = 64 -- of portals; more would be somebody else's
local OUTCOMES = { '2xx', '3xx', '4xx', '5xx', 'left' }

-- Names of what is counted in this second, made once in it and not for each request.
local keys, keys_second = {}, 0
local function key_of(second, what)
  if second ~= keys_second then keys, keys_second = {}, second end
  local key = keys[what]
  if not key then
    key = second .. what
    keys[what] = key
  end
  return key
end

local function add(second, what, by) shared:incr(key_of(second, what), by or 1, 0, LIFE) end

-- A dictionary cannot say which keys it has without being held up, so the portals' names are kept under numbers.
local function note_portal(name, failed)
  if shared:add('known ' .. name, true) then
    local number = shared:incr('names', 1, 0)
    if number <= NAMES then shared:set('name ' .. number, name) end
  end
  shared:incr('portal ' .. name, 1, 0)
  if failed then shared:incr('failed ' .. name, 1, 0) end
end

local WAITS = {}
for class = 1, #counting.BOUNDS + 1 do WAITS[class] = ' wait ' .. class end

local worst, worst_second = -1, 0
local function note_wait(second, ms)
  add(second, WAITS[counting.class_of_wait(ms)])
  if second ~= worst_second then worst, worst_second = -1, second end
  if ms <= worst then return end
  worst = ms
  -- Each worker has its own, so that no two write it.
  shared:set(key_of(second, ' worst ' .. ngx.worker.id()), ms, LIFE)
end

--- header_filter_by_lua: from here on the wait is the client's own line.
function counters.head() ngx.ctx.head_at = ngx.now() end

--- log_by_lua
function counters.note()
  if ngx.is_subrequest or not counting.counts(ngx.var.request_uri or '') then return end
  local second, outcome = ngx.time(), counting.outcome(ngx.status)
  local failed = outcome == '5xx'
  add(second, ' all')
  shared:incr('outcome ' .. outcome, 1, 0)
  if failed then add(second, ' failed') end

  local asked = ngx.var.upstream_addr
  local again = counting.retries(asked)
  if again > 0 then
    add(second, ' again', again)
    shared:incr('again', again, 0)
  end
  local portal = asked and ngx.var.upstream_http_x_portico_node
  if portal then note_portal(portal, failed) end
  if not asked and ngx.var.upstream_cache_status then shared:incr('cached', 1, 0) end

  -- An upload takes as long as its sender does.
  if ngx.var.portico_class == 'upload' then return end
  note_wait(second, math.floor(((ngx.ctx.head_at or ngx.now()) - ngx.req.start_time()) * 1000 + 0.5))
end

--- Since when, for the sums. Once for all workers.
function counters.start() shared:add('since', ngx.time()) end

local function worst_of(second)
  local worst = 0
  for worker = 0, ngx.worker.count() - 1 do worst = math.max(worst, shared:get(second .. ' worst ' .. worker) or 0) end
  return worst
end

local function waits_until(now)
  local counts = {}
  for class = 1, #counting.BOUNDS + 1 do
    local count = 0
    for second = now - WAITS_OVER, now - 1 do count = count + (shared:get(second .. ' wait ' .. class) or 0) end
    counts[class] = count
  end
  return counts
end

local function portals()
  local told = {}
  for number = 1, math.min(shared:get('names') or 0, NAMES) do
    local name = shared:get('name ' .. number)
    if name then
      told[#told + 1] = { name = name, requests = shared:get('portal ' .. name) or 0, failed = shared:get('failed ' .. name) or 0 }
    end
  end
  return told
end

--- @return JSON: `seconds` are [requests, failed, asked again, worst wait in ms], the oldest first, the last one just
--   before `until`
function counters.told()
  local now = ngx.time()
  local seconds = {}
  for second = now - SECONDS, now - 1 do
    seconds[#seconds + 1] = ('[%d,%d,%d,%d]'):format(shared:get(second .. ' all') or 0,
      shared:get(second .. ' failed') or 0, shared:get(second .. ' again') or 0, worst_of(second))
  end
  local outcomes = {}
  for _, outcome in ipairs(OUTCOMES) do outcomes[outcome] = shared:get('outcome ' .. outcome) or 0 end
  local list = portals()
  return ('{"since":%d,"until":%d,"seconds":[%s],"waits":%s,"outcomes":%s,"again":%d,"cached":%d,"portals":%s}'):format(
    shared:get('since') or now, now, table.concat(seconds, ','),
    cjson.encode({ bounds = counting.BOUNDS, counts = waits_until(now), seconds = WAITS_OVER }),
    cjson.encode(outcomes), shared:get('again') or 0, shared:get('cached') or 0,
    #list == 0 and '[]' or cjson.encode(list))
end

return counters
