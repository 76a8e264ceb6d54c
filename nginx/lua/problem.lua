-- The load balancer's own errors: a page for people, problem+json (RFC 9457) for programs. Never a path, never a
-- version, and never the headers of the answer that could not be given.
local cjson = require 'cjson.safe'
local settings = require 'settings'

local problem = {}

local KNOWN = {
  [400] = { 'invalid', 'Bad request', 'The request could not be understood.' },
  [404] = { 'not-found', 'Not found', 'There is nothing at this address.' },
  [413] = { 'too-large', 'Too large', 'What you sent is larger than this portal accepts. Nothing of it was kept.' },
  [414] = { 'invalid', 'Address too long', 'The address is longer than this portal accepts.' },
  [431] = { 'invalid', 'Headers too large', 'The request’s headers are larger than this portal accepts.' },
  [500] = { 'internal', 'Something went wrong', 'The portal could not give this answer. Please try again; if it stays so, tell the operator the request id below.' },
  [502] = { 'internal', 'The answer was lost', 'The portal that worked on this request went away. Whether it was carried out is not known: look before you send it again.' },
  [503] = { 'unavailable', 'Back in a moment', 'No part of the portal can answer right now. This page tries again by itself.' },
  [504] = { 'internal', 'The answer took too long', 'The portal did not answer in time. Whether the request was carried out is not known: look before you send it again.' },
}
local UPLOAD_HELD = { 'locked', 'In use right now', 'How far this upload has come cannot be told right now. Nothing is lost: ask again.' }
local REPEATABLE = { GET = true, HEAD = true, OPTIONS = true, PUT = true, DELETE = true }

-- nginx shows an error page as if it had been asked for by GET; the request line still knows.
local function method() return (ngx.var.request or ''):match('^%u+') end

-- Not there when nginx could not make sense of the request line, such as of a broken %-escape.
local function asked_for() return ngx.var.request_uri or (ngx.var.request or ''):match('^%u+ (%S+)') or '' end

local function status_to_tell()
  local status = ngx.status
  -- "-" for a portal to which no connection came about.
  local sent = (ngx.var.upstream_connect_time or ''):find('%d')
  -- Nothing is lost when nothing was sent, or when it can be sent again: then it is only a matter of waiting.
  if (status == 502 or status == 504) and (not sent or REPEATABLE[method()]) then return 503 end
  return KNOWN[status] and status or 500
end

-- A tus client takes any 5xx here for "there is no such upload" and sends everything again; 423 lets it ask again.
local function asks_how_far(status)
  return status >= 500 and method() == 'HEAD' and asked_for():find('^/api/v1/uploads/') ~= nil
end

local function wants_json()
  return asked_for():find('^/api/') ~= nil
end

local function clear_headers_of_the_portal()
  for name in pairs(ngx.resp.get_headers(0)) do
    if name ~= 'connection' then ngx.header[name] = nil end
  end
end

--- content_by_lua of the error location
function problem.answer()
  local status = status_to_tell()
  local held = asks_how_far(status)
  if held then status = 423 end
  local code, title, detail = unpack(held and UPLOAD_HELD or KNOWN[status])
  local id = ngx.var.request_id
  clear_headers_of_the_portal()
  ngx.status = status
  ngx.header['Cache-Control'] = 'no-store'
  ngx.header['X-Portico-Node'] = 'lb'
  ngx.header['X-Content-Type-Options'] = 'nosniff'
  if status == 503 or held then ngx.header['Retry-After'] = held and 2 or 5 end
  if wants_json() then
    ngx.header['Content-Type'] = 'application/problem+json'
    ngx.print(cjson.encode({
      type = 'urn:portico:problem:' .. code, title = title, status = status, detail = detail, code = code, requestId = id,
    }))
    return
  end
  ngx.header['Content-Type'] = 'text/html; charset=utf-8'
  ngx.header['Content-Security-Policy'] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
  local fill = { status = status, title = title, detail = detail, id = id,
    refresh = (status == 503 and method() == 'GET') and '<meta http-equiv="refresh" content="5">' or '' }
  ngx.print((settings.problem_page:gsub('{{(%w+)}}', fill)))
end

--- A portal that names a blob which is not there is our own trouble; whoever asks for /_blobs/ himself finds nothing.
function problem.blob_missing()
  ngx.status = ngx.var.upstream_addr and 500 or 404
  problem.answer()
end

return problem
