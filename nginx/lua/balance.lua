-- Which portal gets a request, and how long it may take over it.
local balancer = require 'ngx.balancer'
local checks = require 'checks'
local patience = require 'patience'
local peers = require 'peers'
local picture = require 'picture'
local settings = require 'settings'

local balance = {}

local PORT = 8000
local CONNECT = 0.25 -- seconds; all portals are one hop away
local BUSY = -3 -- NGX_BUSY: no live upstream; lets the cache answer with its last good copy

local function hash(text)
  local a, b, c, d = ngx.md5_bin(text):byte(1, 4)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function stickiness()
  if settings.sticky == 'cookie' then return { id = ngx.var.cookie_portico_lb } end
  if settings.sticky == 'ip' then return { client = ngx.var.remote_addr } end
  return {}
end

local function choose(tried, turn)
  local now = picture.read()
  return peers.choose(now, {
    tried = tried,
    sticky = stickiness(),
    suspects = picture.suspects(now.peers),
    in_flight = picture.in_flight(now.peers),
    turn = turn or picture.turn(),
    hash = hash,
  }, picture.clock())
end

local function class_of_request()
  return patience.class_of(ngx.var.portico_class, ngx.req.get_method(), ngx.var.uri, ngx.var.http_accept)
end

-- A proof is good for as long as it takes to answer it a few times: many writes at once do not storm the gate.
local PROOF_LIFE = 0.02 -- seconds
local proven_at = {}

local function is_there(address)
  local last = proven_at[address]
  if last and picture.clock() - last < PROOF_LIFE then return true end
  if not checks.ask(address, 8081).ok then return false end
  proven_at[address] = picture.clock()
  return true
end

--- Before a request that cannot be repeated: ask the portal's gate right now. A portal that froze a moment ago, which
-- the checks have not noticed yet, would keep the request.
function balance.prove()
  if patience.is_safe(ngx.req.get_method()) then return end
  local context, doubtful = ngx.ctx, {}
  for _ = 1, 3 do
    local peer = choose(doubtful)
    if not peer then return end
    if is_there(peer.address) then
      context.proven = peer
      return
    end
    doubtful[peer.address] = true
  end
end

--- balancer_by_lua: runs for the first try and for each retry.
function balance.pick()
  local context = ngx.ctx
  if context.cache_only then return ngx.exit(BUSY) end
  context.tried = context.tried or {}
  context.class = context.class or class_of_request()
  if context.peer then
    picture.give(context.peer.address)
    local _, status = balancer.get_last_failure()
    -- A portal that says 503 itself works, and lacks its database: no reason to avoid it for other requests.
    if status ~= 503 then picture.suspect(context.peer.address) end
  end

  local peer, reason, others
  if context.proven and not context.tried[context.proven.address] then
    -- Only counts who is left: a second turn for each write would give every write to the same one of two portals.
    local _, _, left = choose(context.tried, 0)
    peer, others = context.proven, left
  else
    peer, reason, others = choose(context.tried)
  end
  context.peer = peer
  if not peer then
    ngx.log(ngx.WARN, 'no portal to ask: ', reason)
    return ngx.exit(BUSY)
  end
  if not next(context.tried) and others > 0 then balancer.set_more_tries(others) end
  context.tried[peer.address] = true
  context.served_by = peer.id
  local wait = patience.seconds(context.class, others > 0)
  balancer.set_timeouts(CONNECT, wait, wait)
  local ok, failure = balancer.set_current_peer(peer.address, PORT)
  if not ok then
    ngx.log(ngx.ERR, 'cannot ask ', peer.address, ': ', failure)
    return ngx.exit(BUSY)
  end
  picture.take(peer.address)
end

--- header_filter_by_lua: names the portal to a client that shall stay there. Never on an answer that a shared cache may
-- keep, or all of that cache's clients would get the same portal.
function balance.remember()
  if settings.sticky ~= 'cookie' then return end
  local id = ngx.ctx.served_by
  if not id or id == ngx.var.cookie_portico_lb then return end
  local policy = ngx.var.upstream_http_cache_control
  if policy and policy:find('public', 1, true) then return end
  local cookies = ngx.header['Set-Cookie'] or {}
  if type(cookies) ~= 'table' then cookies = { cookies } end
  cookies[#cookies + 1] = 'portico_lb=' .. id .. '; Path=/; Secure; HttpOnly; SameSite=Lax'
  ngx.header['Set-Cookie'] = cookies
end

-- The last address that was asked. An internal redirect (a blob, an error page) clears ngx.ctx, but not this.
local function last_asked()
  local asked = ngx.var.upstream_addr
  return asked and asked:match('([%d.]+):%d+$')
end

--- The portal has done its part and nginx sends the bytes itself, perhaps to a slow client.
function balance.hand_over()
  local address = last_asked()
  if address then picture.give(address) end
  ngx.ctx.given = true
end

--- log_by_lua
function balance.finish()
  local address = not ngx.ctx.given and last_asked()
  if address then picture.give(address) end
end

return balance
