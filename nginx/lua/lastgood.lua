-- With every portal away, public pages go on from the cache: for everybody, and saying so.
local peers = require 'peers'
local picture = require 'picture'

local lastgood = {}

-- The page's layout (services/portal/views/partials/head.ejs) holds its place; a page without it goes out as it is.
local PLACE = '<!--portico:last-good-->'
local BANNER = '<p class="banner" role="status" data-last-good><span><strong>This is the last good copy%s.</strong> '
  .. 'The portal is away. It shows the present again as soon as it is back, by itself.</span></p>'
local REPEATABLE = { GET = true, HEAD = true }
--- What the cache's status is when it gave a copy.
local GIVEN = { STALE = true, HIT = true, UPDATING = true }

local function portals_are_away()
  local now = picture.read()
  return not peers.somebody_is_open(now, picture.clock())
end

-- What the client has kept or wants a part of bears no banner.
local CONDITIONS = { 'If-None-Match', 'If-Modified-Since', 'If-Range', 'Range' }

local function forget_conditions()
  for _, name in ipairs(CONDITIONS) do ngx.req.clear_header(name) end
end

local function has_conditions()
  local var = ngx.var
  return var.http_if_none_match or var.http_if_modified_since or var.http_if_range or var.http_range
end

--- access_by_lua of pages
function lastgood.prepare()
  if has_conditions() and REPEATABLE[ngx.req.get_method()] and portals_are_away() then forget_conditions() end
end

--- access_by_lua of the location that looks into the cache alone, after every portal has failed this request.
function lastgood.look()
  -- A form that was sent gets the verdict on itself, never a page.
  if not REPEATABLE[ngx.req.get_method()] then return ngx.exit(ngx.status) end
  forget_conditions()
  ngx.ctx.cache_only = true
end

--- header_filter_by_lua
function lastgood.mark()
  local status = ngx.var.upstream_cache_status
  -- UPDATING: another request is still looking for a portal; the copy is as good.
  if ngx.ctx.cache_only and GIVEN[status] then ngx.status = 200 end
  if status ~= 'STALE' and status ~= 'UPDATING' then return end
  if not ngx.ctx.cache_only and not portals_are_away() then return end -- a second old, and being renewed
  ngx.header['X-Portico-Stale'] = 1
  if not (ngx.header['Content-Type'] or ''):find('^text/html') then return end
  local made = ngx.var.upstream_http_date
  ngx.ctx.banner = BANNER:format(made and ', from ' .. made:gsub('[^%w ,:]', '') or '')
  ngx.header['Content-Length'] = nil
  ngx.header['ETag'] = nil
end

--- body_filter_by_lua: holds the page back until the banner's place has come, for a buffer may end in it.
function lastgood.insert()
  local context = ngx.ctx
  if not context.banner then return end
  local page = (context.page or '') .. ngx.arg[1]
  local from, to = page:find(PLACE, 1, true)
  if from then
    ngx.arg[1] = page:sub(1, from - 1) .. context.banner .. page:sub(to + 1)
    context.banner = nil
  elseif ngx.arg[2] then
    ngx.arg[1] = page
  else
    context.page, ngx.arg[1] = page, nil
  end
end

return lastgood
