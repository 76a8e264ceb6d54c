-- Which activation the portals last told of. For some seconds after a new one nothing is answered from the cache, so that
-- whoever is told that an activation is done finds no older page; what is kept meanwhile is new, and the last good copies stay.
local picture = require 'picture'

local shared = ngx.shared.portico
local epochs = {}

-- Longer than a page is kept and then shown while it is being renewed: services/portal/http/shared.ts.
local SECONDS = 4

--- header_filter_by_lua
function epochs.note()
  if not ngx.var.upstream_addr then return end -- from the cache: it tells of what was
  local told = tonumber(ngx.var.upstream_http_x_portico_epoch)
  if not told or told <= (shared:get('epoch') or -1) then return end
  shared:set('epoch since', picture.clock())
  shared:set('epoch', told)
end

--- access_by_lua of pages: passes by the cache while a copy may be older than what is published.
function epochs.mind()
  local since = shared:get('epoch since')
  if since and picture.clock() - since < SECONDS then ngx.var.portico_just_published = '1' end
end

return epochs
