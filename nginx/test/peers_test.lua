-- The table of lua/peers.lua. Run by `nginx -c /etc/portico/test/unit.conf`, because LuaJIT comes only inside nginx.
local peers = require 'peers'

local failures, checked = {}, 0
local function check(title, ok, got)
  checked = checked + 1
  if not ok then failures[#failures + 1] = title .. (got ~= nil and (': got ' .. tostring(got)) or '') end
end

local function up(since) return { up = true, streak = 0, silent = 0, since = since or 0 } end
local function down() return { up = false, streak = 0, silent = 0, since = 0 } end
local function peer(address, full, reading)
  return { address = address, id = 'id-' .. address, full = full and up() or down(), reading = reading and up() or down(), seen = 0 }
end
local function request(changes)
  local made = { tried = {}, sticky = {}, suspects = {}, in_flight = {}, turn = 0, hash = function(key) return #key end }
  for name, value in pairs(changes or {}) do made[name] = value end
  return made
end
local function choose(list, changes, taken) return peers.choose({ peers = list, taken = taken or 100 }, request(changes), 100) end

-- choose
local A, B, C = peer('10.0.0.1', true, true), peer('10.0.0.2', true, true), peer('10.0.0.3', false, true)
local DOWN = peer('10.0.0.4', false, false)
local cases = {
  { 'a portal whose 8081 is open goes before one that can only read', { C, A }, {}, A, 1 },
  { 'with no 8081 open, the one that can read is asked', { DOWN, C }, {}, C, 0 },
  { 'with none open, the last known is asked anyway', { DOWN }, {}, DOWN, 0 },
  { 'a peer that was tried is not tried again', { A, B }, { tried = { [A.address] = true } }, B, 0 },
  { 'a retry prefers a reading portal to a closed one', { A, C, DOWN }, { tried = { [A.address] = true } }, C, 0 },
  { 'turns alternate', { A, B }, { turn = 0 }, A, 1 },
  { 'turns alternate, the other one', { A, B }, { turn = 1 }, B, 1 },
  { 'one that just failed a request is asked after its equals', { A, B }, { turn = 0, suspects = { [A.address] = true } }, B, 1 },
  { 'one that just failed still goes before one that only reads', { A, C }, { suspects = { [A.address] = true } }, A, 1 },
  { 'one that collects requests is passed over', { A, B }, { turn = 0, in_flight = { [A.address] = 9, [B.address] = 2 } }, B, 1 },
  { 'small differences do not disturb the turns', { A, B }, { turn = 0, in_flight = { [A.address] = 4, [B.address] = 0 } }, A, 1 },
  { 'a cookie keeps its portal', { A, B }, { turn = 0, sticky = { id = B.id } }, B, 1 },
  { 'a cookie of a portal that is closed moves without an error', { A, DOWN }, { sticky = { id = DOWN.id } }, A, 0 },
  { 'a cookie never brings back a peer that was tried', { A, B }, { tried = { [B.address] = true }, sticky = { id = B.id } }, A, 0 },
  { 'a cookie that nobody made is no error', { A, B }, { turn = 1, sticky = { id = 'forged' } }, B, 1 },
}
for _, case in ipairs(cases) do
  local title, list, changes, expected, spare = unpack(case)
  local chosen, reason, left = choose(list, changes)
  check(title, chosen == expected, chosen and chosen.address)
  check(title .. ' (reason)', type(reason) == 'string' and #reason > 0)
  check(title .. ' (others left)', left == spare, left)
end

local none, why = choose({}, {})
check('no portal at all is said', none == nil and why == 'no portal is known', why)
none, why = choose({ A }, { tried = { [A.address] = true } })
check('all tried is said', none == nil and why == 'every portal was tried', why)
local stale, _, others = choose({ C, A }, { turn = 0 }, 97.9)
check('a picture that is too old prefers nobody', stale == C and others == 1, others)

-- rendezvous: only the clients of the peer that went move
local function fnv(text)
  local hash = 2166136261
  for index = 1, #text do hash = (bit.bxor(hash, text:byte(index)) * 16777619) % 4294967296 end
  return hash
end
local moved, kept, counts = 0, 0, {}
for client = 1, 300 do
  local sticky = { client = '192.0.2.' .. client }
  local three, two = { peer('10.0.0.1', true), peer('10.0.0.2', true), peer('10.0.0.9', true) }, nil
  two = { three[1], three[2] }
  local before = choose(three, { sticky = sticky, hash = fnv })
  local after = choose(two, { sticky = sticky, hash = fnv })
  counts[before.address] = (counts[before.address] or 0) + 1
  if before.address == '10.0.0.9' then kept = kept + 1 elseif before.address ~= after.address then moved = moved + 1 end
end
check('when a portal goes, only its own clients move', moved == 0, moved)
check('each portal has clients', kept > 20 and counts['10.0.0.1'] > 20 and counts['10.0.0.2'] > 20)

-- judge
local OPEN, REFUSED, SILENT = { ok = true, reason = 'open' }, { refused = true, reason = 'closed' }, { ok = false, reason = 'silent' }
local function run(gate, results)
  local seen = {}
  for index, result in ipairs(results) do
    gate = peers.judge(gate, result, index)
    seen[index] = gate.up and 'u' or 'd'
  end
  return table.concat(seen)
end
local judged = {
  { 'a newcomer is believed at once', nil, { OPEN }, 'u' },
  { 'a closed gate counts at once', up(), { REFUSED }, 'd' },
  { 'silence counts at the third', up(), { SILENT, SILENT, SILENT }, 'uud' },
  { 'an answer in between begins the count anew', up(), { SILENT, SILENT, OPEN, SILENT, SILENT, SILENT }, 'uuuuud' },
  { 'back after two', down(), { OPEN, OPEN }, 'du' },
  { 'one good answer among bad ones is not back', down(), { OPEN, SILENT, OPEN, OPEN }, 'dddu' },
}
for _, case in ipairs(judged) do
  local title, gate, results, expected = unpack(case)
  local got = run(gate, results)
  check(title, got == expected, got)
end
local _, changed = peers.judge(up(), REFUSED, 7)
check('a change is told', changed == true)

local UNSURE = { ok = false, unsure = true, reason = 'late' }
check('a silence that may be our own does not count', run(up(), { UNSURE, UNSURE, UNSURE, UNSURE, SILENT, SILENT }) == 'uuuuuu')

-- is_fresh, somebody_is_open
local function open(list, taken, now) return peers.somebody_is_open({ peers = list, taken = taken }, now) end
check('a picture is good for two seconds', peers.is_fresh({ taken = 5 }, 6.9) and not peers.is_fresh({ taken = 5 }, 7))
check('before the first check there is none', not peers.is_fresh({}, 0))
check('a portal that takes everything is open', open({ peer('10.0.0.1', true, true) }, 5, 6))
check('one that only reads is open, too', open({ peer('10.0.0.1', false, false), peer('10.0.0.2', false, true) }, 5, 6))
check('with both gates of all shut nobody is open', not open({ peer('10.0.0.1', false, false), peer('10.0.0.2', false, false) }, 5, 6))
check('nobody is known, so nobody is open', not open({}, 5, 6))
check('of an old picture nobody is believed', not open({ peer('10.0.0.1', true, true) }, 5, 7))
check('nor before the first check', not open({ peer('10.0.0.1', true, true) }, nil, 0))
check('a newcomer that was not checked yet is not open', not open({ { address = '10.0.0.1', seen = 5 } }, 5, 6))

-- to_sever
local function after(address, full, reading, times)
  local one = peer(address, true, true)
  for now = 1, times do
    one.full, one.reading = peers.judge(one.full, full, now), peers.judge(one.reading, reading, now)
  end
  return one
end
local well = after('10.0.0.9', OPEN, OPEN, 1)
local function severed(one, ...) return peers.to_sever({ one, ... })['10.0.0.1'] == true end
check('three silent checks take nothing back', not severed(after('10.0.0.1', SILENT, SILENT, 3), well))
check('four do', severed(after('10.0.0.1', SILENT, SILENT, 4), well))
check('a portal that drains is never silent', not severed(after('10.0.0.1', REFUSED, REFUSED, 20), well))
check('one gate that answers proves that the portal lives', not severed(after('10.0.0.1', SILENT, OPEN, 20), well))
check('a portal whose 8081 was closed before it froze is silent, too', severed(after('10.0.0.1', REFUSED, SILENT, 4), well))
check('when all are silent nothing is taken back', not severed(after('10.0.0.1', SILENT, SILENT, 20), after('10.0.0.9', SILENT, SILENT, 20)))
check('nor from the only one', not severed(after('10.0.0.1', SILENT, SILENT, 20)))
check('one that only just missed a check is no proof of a better place', not severed(after('10.0.0.1', SILENT, SILENT, 4), after('10.0.0.9', SILENT, SILENT, 1)))

-- merge
local function names(list)
  local out = {}
  for index, one in ipairs(list) do out[index] = one.address end
  return table.concat(out, ' ')
end
local known = { { address = '10.0.0.1', seen = 0 }, { address = '10.0.0.2', seen = 0 } }
check('a failed look-up keeps everybody', names(peers.merge(known, nil, 1000)) == '10.0.0.1 10.0.0.2')
check('a newcomer joins, in order', names(peers.merge(known, { '10.0.0.1', '10.0.0.10', '10.0.0.2' }, 1)) == '10.0.0.1 10.0.0.10 10.0.0.2')
check('one that DNS forgot stays for the grace', names(peers.merge({ { address = '10.0.0.1', seen = 5 } }, { '10.0.0.3' }, 9)) == '10.0.0.1 10.0.0.3')
check('and goes after it', names(peers.merge({ { address = '10.0.0.1', seen = 5 } }, { '10.0.0.3' }, 16)) == '10.0.0.3')
check('a name given twice is one peer', names(peers.merge({}, { '10.0.0.1', '10.0.0.1' }, 1)) == '10.0.0.1')

if #failures > 0 then error(#failures .. ' failed:\n' .. table.concat(failures, '\n'), 0) end
return checked .. ' checks passed'
