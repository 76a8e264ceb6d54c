-- How long a portal may be silent over a request, by the request's class. Pure.
local patience = {}

local SAFE = { GET = true, HEAD = true, OPTIONS = true, PUT = true, DELETE = true }

-- Seconds without a byte from the portal. While another portal is there to ask, what is safe to repeat is given up
-- early: so a frozen portal costs less than 2 s. The last one asked may hold a request for as long as portals do
-- (8 s for a write), and what cannot be repeated always may. `resume` asks for an upload's state, which may have to be
-- finished first, or taken from another portal: asking the next one meanwhile would only make two wait. `spec` is an API
-- description: it waits up to 30 s for its turn and is read for up to 60 (services/specs/reader.ts), and then it is a write.
local SECONDS = { read = 10, write = 20, resume = 20, spec = 110, stream = 75, upload = 75 }
local EARLY = 1.5

--- Whether it may be sent again without harm.
function patience.is_safe(method) return SAFE[method] == true end

--- @param named the class by which the location calls it, or ''
function patience.class_of(named, method, path, accept)
  if named ~= '' then return named end
  if accept == 'text/event-stream' then return 'stream' end
  if not SAFE[method] then return 'write' end
  return path:find('^/api/v1/uploads/') and 'resume' or 'read'
end

--- @param others_left whether another portal can be asked after this one
function patience.seconds(class, others_left)
  if class == 'read' and others_left then return EARLY end
  return SECONDS[class]
end

return patience
