-- The table of lua/patience.lua. Run as peers_test.lua is.
local patience = require 'patience'

local failures, checked = {}, 0
local function check(title, ok, got)
  checked = checked + 1
  if not ok then failures[#failures + 1] = title .. ': got ' .. tostring(got) end
end

local classes = {
  -- what it is, as its location calls it, method, path, Accept, class
  { 'a page', '', 'GET', '/apis', nil, 'read' },
  { 'a write of the API', '', 'POST', '/api/v1/apis', nil, 'write' },
  { 'a change', '', 'PATCH', '/api/v1/apis/shop', nil, 'write' },
  { 'a write that may be repeated', '', 'PUT', '/api/v1/apis/shop', nil, 'read' },
  { 'events', '', 'GET', '/api/v1/events', 'text/event-stream', 'stream' },
  { 'how far an upload has come', '', 'HEAD', '/api/v1/uploads/01K', nil, 'resume' },
  { 'an upload', 'upload', 'POST', '/api/v1/media', nil, 'upload' },
  { 'a description', 'spec', 'POST', '/api/v1/specs', nil, 'spec' },
}
for _, case in ipairs(classes) do
  local title, named, method, path, accept, expected = unpack(case, 1, 6)
  local class = patience.class_of(named, method, path, accept)
  check(title, class == expected, class)
end

local seconds = {
  { 'a read is given up early while another portal is there', 'read', true, 1.5 },
  { 'the last portal may take longer over it', 'read', false, 10 },
  { 'a write is waited for, whoever is there', 'write', true, 20 },
  { 'a description outlasts its turn (30), its reading (60) and a held write (8)', 'spec', true, 110 },
}
for _, case in ipairs(seconds) do
  local title, class, others, expected = unpack(case)
  local got = patience.seconds(class, others)
  check(title, got == expected, got)
end
for _, method in ipairs({ 'POST', 'PATCH' }) do check(method .. ' is not sent again', not patience.is_safe(method), true) end
for _, method in ipairs({ 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE' }) do
  check(method .. ' may be sent again', patience.is_safe(method), false)
end

if #failures > 0 then error(table.concat(failures, '\n'), 0) end
return checked .. ' checks of the patience passed'
