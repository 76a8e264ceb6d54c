-- Which activation the portals last told of. For some seconds after a new one nothing is answered from the cache, so that
-- whoever is told that an activation is done finds no older page; what is kept meanwhile is new, and the last good copies stay.
local picture = require 'picture'

local shared = ngx.shared.portico
local epochs = {}

-- Longer than a page is kept and then shown while it is being renewed: services/portal/http/shared.ts.
local SECONDS = 4

--- header_filter_by_lua
function epochs.note()
  local told = tonumber(ngx.var.upstream_http_x_portico_epoch)
  if not told or told <= (shared:get('epoch') or -1) then return end
  shared:set('epoch since', picture.clock())
  shared:set('epoch', told)
end

--- @return '1' while a copy may be older than what is published, '' otherwise
function epochs.just_changed()
  local since = shared:get('epoch since')
  return since and picture.clock() - since < SECONDS and '1' or ''
end

return epochs
