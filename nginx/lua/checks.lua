-- Asks DNS who the portals are and asks each portal's two gates whether they are open. One worker at a time does it.
local resolver = require 'nginx.dns.resolver'
local peers = require 'peers'
local picture = require 'picture'
local settings = require 'settings'
local sever = require 'sever'

local CHECK_EVERY = 0.25 -- seconds
local RESOLVE_EVERY = 0.5 -- seconds
local SEVER_EVERY = 0.1 -- seconds
local GATE_TIMEOUT = 200 -- milliseconds; shorter than the interval, so that checks do not overlap
local LAST_CHANCE = 700 -- milliseconds; the check that decides whether a silent portal loses what it holds
local GATES = { full = 8081, reading = 8082 }

local checks = {}
local last_round -- when it ended
local addresses -- of the last look-up that succeeded, until a check has taken it up

-- A gate's queue holds two. When a portal has stood still for a moment, earlier checks fill it, and the kernel would repeat
-- a dropped SYN only after a second: a longer wait must knock again by itself.
local function knock(address, port, deadline)
  while true do
    local socket = ngx.socket.tcp()
    local left = math.max(1, math.min(GATE_TIMEOUT, (deadline - picture.clock()) * 1000))
    socket:settimeouts(left, left, left)
    local connected, reason = socket:connect(address, port)
    if connected then return socket end
    if reason ~= 'timeout' or picture.clock() > deadline - 0.02 then return nil, reason end
  end
end

--- @param wait  milliseconds; default GATE_TIMEOUT
-- @return { ok, refused, reason }: open means that the byte came, for a frozen process's kernel still accepts
function checks.ask(address, port, wait)
  local deadline = picture.clock() + (wait or GATE_TIMEOUT) / 1000
  local socket, reason = knock(address, port, deadline)
  if not socket then
    if reason == 'connection refused' then return { ok = false, refused = true, reason = 'gate closed' } end
    return { ok = false, reason = 'no answer at the gate: ' .. reason }
  end
  socket:settimeout(math.max(1, (deadline - picture.clock()) * 1000))
  local byte, silence = socket:receive(1)
  socket:close()
  if byte then return { ok = true, reason = 'gate open' } end
  return { ok = false, reason = 'connected, but no byte came: ' .. silence }
end

-- A round that begins or ends late says more about this machine than about the portals.
local LATE = 0.15 -- seconds

local function check_peer(peer, now, late)
  local threads, changed, was_silent = {}, false, peers.is_silent(peer)
  local decisive = peers.is_silent(peer, peers.SILENT_BEFORE_SEVERED - 1) and not was_silent
  local wait = decisive and LAST_CHANCE or GATE_TIMEOUT
  for gate, port in pairs(GATES) do threads[gate] = ngx.thread.spawn(checks.ask, peer.address, port, wait) end
  for gate, thread in pairs(threads) do
    local finished, result = ngx.thread.wait(thread)
    if not finished then result = { ok = false, reason = 'the check itself failed: ' .. tostring(result) } end
    local took = picture.clock() - now
    if not result.ok and not result.refused then result.unsure = late or took > wait / 1000 + LATE end
    local before = peer[gate]
    local flipped
    peer[gate], flipped = peers.judge(before, result, now)
    changed = changed or flipped or not before or before.reason ~= peer[gate].reason
    if flipped then
      ngx.log(ngx.WARN, 'portal ', peer.address, ' ', gate, ' ', result.ok and 'up' or 'down', ': ', result.reason)
    end
  end
  return changed or peers.is_silent(peer) ~= was_silent
end

local function names_of(list)
  local names = {}
  for index, peer in ipairs(list) do names[index] = peer.address end
  return table.concat(names, ' ')
end

local function check_all()
  local before, began = picture.read().peers, picture.clock()
  local late = last_round ~= nil and began - last_round > CHECK_EVERY + LATE
  local list = peers.merge(before, addresses, began)
  local changed = addresses ~= nil and names_of(before) ~= names_of(list)
  addresses = nil
  local threads = {}
  for _, peer in ipairs(list) do
    -- Opaque to clients, the same after a restart of this LB, and not to be made up without the secret.
    peer.id = peer.id or ngx.encode_base64(ngx.hmac_sha1(settings.edge_secret, peer.address), true):sub(1, 16)
    threads[#threads + 1] = ngx.thread.spawn(check_peer, peer, began, late)
  end
  for _, thread in ipairs(threads) do
    local finished, flipped = ngx.thread.wait(thread)
    if not finished then ngx.log(ngx.ERR, 'a check failed: ', flipped) end
    changed = changed or flipped
  end
  last_round = picture.clock()
  picture.write(list, last_round, changed)
end

local function resolve()
  local client, reason = resolver:new({ nameservers = { settings.dns }, retrans = 1, timeout = 400 })
  if not client then error(reason) end
  local answers, failure = client:query(settings.portal_name, { qtype = resolver.TYPE_A })
  -- No answer, or "no such name", keeps the known peers: DNS that is away, and portals that are all down, look the same.
  if not answers or answers.errcode then return nil, failure or answers.errstr end
  local found = {}
  for _, answer in ipairs(answers) do
    if answer.address then found[#found + 1] = answer.address end
  end
  if #found > 0 then addresses = found end
end

-- A fresh timer for each round, since a timer's memory is freed only at its end; never two rounds at once.
local function every(seconds, work)
  local busy = false
  local function round(premature)
    if premature or busy then return end
    busy = true
    local ok, reason = pcall(work)
    busy = false
    if not ok then ngx.log(ngx.ERR, 'checks: ', reason) end
  end
  assert(ngx.timer.at(0, round))
  assert(ngx.timer.every(seconds, round))
end

local function only_with_lease(work)
  return function()
    if picture.lease() then work() end
  end
end

local severed = {}

-- Each worker takes its own requests back, once, when a portal falls silent; nginx then retries or gives up by the rules.
local function sever_silent()
  local list = picture.read().peers
  local wanted = peers.to_sever(list)
  for _, peer in ipairs(list) do
    if wanted[peer.address] and not severed[peer.address] then
      local ended = sever(peer.address, 8000)
      ngx.log(ngx.WARN, 'portal ', peer.address, ' is silent: took back ', ended, ' connections')
      severed[peer.address] = true
    elseif peers.answers(peer) then
      severed[peer.address] = nil
    end
  end
end

function checks.start()
  picture.forget_own_flights()
  every(RESOLVE_EVERY, only_with_lease(resolve))
  every(CHECK_EVERY, only_with_lease(check_all))
  every(SEVER_EVERY, sever_silent)
end

return checks
