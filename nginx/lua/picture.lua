-- What all workers know of the peers: one picture in shared memory, replaced as a whole by the worker that checks.
local cjson = require 'cjson.safe'
local ffi = require 'ffi'

ffi.cdef 'struct portico_timespec { long seconds; long nanoseconds; }; int clock_gettime(int, struct portico_timespec *);'
local CLOCK_MONOTONIC = 1
local instant = ffi.new('struct portico_timespec')

local shared = ngx.shared.portico
local picture = {}
local decoded, decoded_version = { peers = {} }, 0

--- Seconds of the machine's monotonic clock: the same for every worker, and never set back.
function picture.clock()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

function picture.read()
  local version = shared:get('version') or 0
  if version ~= decoded_version then
    decoded = cjson.decode(shared:get('picture')) or { peers = {} }
    decoded_version = version
  end
  decoded.taken = shared:get('taken')
  return decoded
end

-- `taken` is written every time, the rest only when something that matters has changed: so workers seldom decode.
function picture.write(list, taken, changed)
  if changed then
    shared:set('picture', cjson.encode({ peers = list }))
    shared:incr('version', 1, 0)
  end
  shared:set('taken', taken)
end

-- A peer that failed a request is asked after its equals for a second; until then the checks have made up their mind.
function picture.suspect(address) shared:set('suspect ' .. address, true, 1) end

function picture.suspects(list)
  local found = {}
  for _, peer in ipairs(list) do
    if shared:get('suspect ' .. peer.address) then found[peer.address] = true end
  end
  return found
end

function picture.turn() return shared:incr('turn', 1, 0) end

-- Requests in flight are counted by worker, so that a worker that dies takes only its own counts with it.
local function key(worker, address) return 'flight ' .. worker .. ' ' .. address end

function picture.take(address) shared:incr(key(ngx.worker.id(), address), 1, 0) end

function picture.give(address)
  local left = shared:incr(key(ngx.worker.id(), address), -1, 0)
  if left and left < 0 then shared:set(key(ngx.worker.id(), address), 0) end
end

function picture.in_flight(list)
  local counts = {}
  for _, peer in ipairs(list) do
    local count = 0
    for worker = 0, ngx.worker.count() - 1 do count = count + (shared:get(key(worker, peer.address)) or 0) end
    counts[peer.address] = count
  end
  return counts
end

--- A worker that was born again starts at zero.
function picture.forget_own_flights()
  for _, name in ipairs(shared:get_keys(0)) do
    if name:find('flight ' .. ngx.worker.id() .. ' ', 1, true) == 1 then shared:delete(name) end
  end
end

--- True for the one worker that checks. When it dies, another holds the lease within a second.
function picture.lease()
  local me = ngx.worker.pid()
  if shared:add('lease', me, 1) then return true end
  if shared:get('lease') ~= me then return false end
  shared:set('lease', me, 1)
  return true
end

return picture
