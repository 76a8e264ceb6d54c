-- The decisions of the load balancer. Pure: the clock, the picture and the hash are arguments, nothing here waits or
-- remembers. Each decision gives its reason. `test/peers_test.lua` is its table.
local peers = {}

-- A gate that refuses is closed on purpose, or its process is gone: one such answer is enough. Silence may be a busy
-- event loop: it takes three, so a portal may stall for half a second without being taken out. Back after two.
peers.MISSED_BEFORE_DOWN = 3
peers.GOOD_BEFORE_UP = 2
-- From here on a silent peer also loses the requests that it holds. The check before is a long one (checks.lua), so that
-- this takes a silence of 1.7 s and not merely slow answers; with it a freeze costs a client less than 2 s.
peers.SILENT_BEFORE_SEVERED = 4
-- Seconds. An older picture says nothing: whoever took it may be dead.
peers.PICTURE_LIFE = 2
-- Seconds that a peer may be missing from DNS before it is forgotten.
peers.DNS_GRACE = 10

--- What one more check makes of a gate.
-- @param gate  nil, or { up, streak, silent, reason, since }: `streak` counts checks in a row that contradict `up`,
--   `silent` those in a row that got neither the byte nor a refusal
-- @param result  { ok, refused, unsure, reason }: unsure is a silence that may be this LB's own, which was late itself
-- @return the gate as it is now; as second value, whether it opened or closed
function peers.judge(gate, result, now)
  if result.unsure and gate then return gate, false end
  local silent = (result.ok or result.refused) and 0 or (gate and gate.silent or 0) + 1
  local function judged(up, streak, reason, since)
    return { up = up, streak = streak, silent = silent, reason = reason, since = since }
  end
  -- A newcomer is believed at its first answer: at the start of the LB nobody is up yet.
  if not gate then return judged(result.ok, 0, result.reason, now), true end
  if result.ok == gate.up then return judged(gate.up, 0, result.reason, gate.since), false end
  local needed = result.ok and peers.GOOD_BEFORE_UP or (result.refused and 1 or peers.MISSED_BEFORE_DOWN)
  local streak = gate.streak + 1
  if streak < needed then
    return judged(gate.up, streak, ('%s, %d of %d before it counts'):format(result.reason, streak, needed), gate.since), false
  end
  return judged(result.ok, 0, result.reason, now), true
end

--- Frozen, or cut off. A gate that is closed on purpose is not silent.
-- @param checks  in a row without a word; default: as many as cost it its requests
function peers.is_silent(peer, checks)
  checks = checks or peers.SILENT_BEFORE_SEVERED
  local function silent(gate) return gate ~= nil and gate.silent >= checks end
  return (silent(peer.full) or silent(peer.reading)) and not peers.answers(peer)
end

function peers.answers(peer)
  local function answers(gate) return gate ~= nil and gate.up and gate.silent == 0 end
  return answers(peer.full) or answers(peer.reading)
end

--- Whose requests to take back: of those that are silent while another portal answers. When all are silent the machine
-- is busy, or the fault is on this side of the wire; then nobody could do better with what they hold.
-- @return address → true
function peers.to_sever(list)
  local found, somebody_answers = {}, false
  for _, peer in ipairs(list) do
    somebody_answers = somebody_answers or peers.answers(peer)
    if peers.is_silent(peer) then found[peer.address] = true end
  end
  return somebody_answers and found or {}
end

--- The peers after a look-up: newcomers join, a peer that DNS no longer names goes after a grace.
-- @param known  list of peers, sorted by address
-- @param addresses  list of addresses, or nil when the look-up failed: then nobody goes
function peers.merge(known, addresses, now)
  if not addresses then return known end
  local by_address, named = {}, {}
  for _, peer in ipairs(known) do by_address[peer.address] = peer end
  local merged = {}
  for _, address in ipairs(addresses) do
    if not named[address] then
      named[address] = true
      local peer = by_address[address] or { address = address }
      peer.seen = now
      merged[#merged + 1] = peer
    end
  end
  for _, peer in ipairs(known) do
    if not named[peer.address] and now - peer.seen < peers.DNS_GRACE then merged[#merged + 1] = peer end
  end
  table.sort(merged, function(a, b) return a.address < b.address end)
  return merged
end

local RANK = { full = 1, suspect = 2, reading = 3, unknown = 4 }

--- How good a peer is for a request now.
-- @param suspects  address → true for a peer that failed a request a moment ago: asked after its equals
function peers.standing(peer, picture_is_fresh, suspects)
  if not picture_is_fresh then return 'unknown' end
  if peer.full and peer.full.up then return suspects[peer.address] and 'suspect' or 'full' end
  if peer.reading and peer.reading.up then return 'reading' end
  return 'unknown'
end

--- Whether somebody goes on checking. Before the first check nobody has.
function peers.is_fresh(picture, now) return now - (picture.taken or -math.huge) < peers.PICTURE_LIFE end

--- Whether any portal says that it can serve.
function peers.somebody_is_open(picture, now)
  if not peers.is_fresh(picture, now) then return false end
  for _, peer in ipairs(picture.peers) do
    if peers.standing(peer, true, {}) ~= 'unknown' then return true end
  end
  return false
end

local function idlest_first(group, in_flight, turn)
  local least = math.huge
  for _, peer in ipairs(group) do least = math.min(least, in_flight[peer.address] or 0) end
  -- Turns are even whatever the requests cost. Only a peer far busier than the idlest is passed over: one that has
  -- just frozen collects requests, and should not collect all of them until the checks have noticed.
  for step = 0, #group - 1 do
    local peer = group[(turn + step) % #group + 1]
    if (in_flight[peer.address] or 0) <= 2 * least + 4 then return peer end
  end
end

local function sticky_peer(group, sticky, hash)
  if sticky.id then
    for _, peer in ipairs(group) do
      if peer.id == sticky.id then return peer end
    end
  elseif sticky.client then
    -- Rendezvous hashing: when a peer goes, only its own clients move.
    local best, best_score
    for _, peer in ipairs(group) do
      local score = hash(sticky.client .. ' ' .. peer.address)
      if not best or score > best_score then best, best_score = peer, score end
    end
    return best
  end
end

--- The peer for a try, never one that this request has tried already.
-- @param picture  { peers, taken }
-- @param request  { tried, sticky = { id | client }, suspects, in_flight, turn, hash }
-- @return peer or nil, reason, how many peers of an open gate are left beside it
function peers.choose(picture, request, now)
  local fresh = peers.is_fresh(picture, now)
  local group, rank, open = {}, math.huge, 0
  for _, peer in ipairs(picture.peers) do
    if not request.tried[peer.address] then
      local standing = RANK[peers.standing(peer, fresh, request.suspects)]
      if standing < RANK.unknown then open = open + 1 end
      if standing < rank then group, rank = {}, standing end
      if standing == rank then group[#group + 1] = peer end
    end
  end
  if #group == 0 then return nil, #picture.peers == 0 and 'no portal is known' or 'every portal was tried', 0 end
  local spare = (rank == RANK.unknown and #group or open) - 1
  local kept = sticky_peer(group, request.sticky, request.hash)
  if kept then return kept, 'kept by ' .. (request.sticky.id and 'cookie' or 'address'), spare end
  return idlest_first(group, request.in_flight, request.turn), 'its turn', spare
end

return peers
