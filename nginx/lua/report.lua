-- What the load balancer knows and counts, as JSON: for `portico status`, `portico watch`, the portals' status page and the
-- health check.
local cjson = require 'cjson.safe'
local counters = require 'counters'
local peers = require 'peers'
local picture = require 'picture'
local settings = require 'settings'

local report = {}

local function gate_as_seen(gate, clock)
  if not gate then return { up = false, reason = 'not checked yet', seconds = 0 } end
  return { up = gate.up, reason = gate.reason, seconds = math.floor((clock - gate.since) * 10) / 10 }
end

--- access_by_lua: the container itself, and who bears the edge secret. For anybody else there is nothing here.
function report.admit()
  if ngx.var.remote_addr == '127.0.0.1' then return end
  -- Digests are compared, so that the time it takes tells nothing of the secret.
  local given = ngx.var.http_x_portico_edge or ''
  if ngx.sha1_bin(given) ~= ngx.sha1_bin(settings.edge_secret) then return ngx.exit(404) end
end

function report.answer()
  local now, clock = picture.read(), picture.clock()
  local age = now.taken and clock - now.taken
  local fresh = peers.is_fresh(now, clock)
  local suspects, counts = picture.suspects(now.peers), picture.in_flight(now.peers)
  local lines = {}
  for index, peer in ipairs(now.peers) do
    lines[index] = cjson.encode({
      address = peer.address,
      state = peers.standing(peer, fresh, suspects),
      full = gate_as_seen(peer.full, clock),
      reading = gate_as_seen(peer.reading, clock),
      inFlight = counts[peer.address],
    })
  end
  -- A picture that nobody takes any more is this LB's own fault, and the only thing that makes it unhealthy.
  ngx.status = fresh and 200 or 503
  ngx.header['Content-Type'] = 'application/json'
  ngx.say(('{"version":"%s","fresh":%s,"ageSeconds":%.2f,"sticky":"%s","checkedBy":"worker %s","peers":[%s],"traffic":%s}'):format(
    settings.version, tostring(fresh), age or -1, settings.sticky, tostring(ngx.shared.portico:get('lease') or 'nobody'),
    table.concat(lines, ','), counters.told()))
end

local function tell(well, reason)
  ngx.status = well and 200 or 503
  ngx.header['Content-Type'] = 'application/json'
  ngx.header['Cache-Control'] = 'no-store'
  ngx.say(cjson.encode({ ok = well, reason = reason }))
end

local UNCHECKED = 'this load balancer has stopped checking the portals'

--- It works, whatever the portals do.
function report.live()
  local fresh = peers.is_fresh(picture.read(), picture.clock())
  tell(fresh, fresh and 'it goes on checking the portals' or UNCHECKED)
end

--- It works, and reaches a portal that can serve.
function report.ready()
  local now, clock = picture.read(), picture.clock()
  if not peers.is_fresh(now, clock) then return tell(false, UNCHECKED) end
  local open = peers.somebody_is_open(now, clock)
  tell(open, open and 'a portal is open' or 'no portal is open')
end

return report
