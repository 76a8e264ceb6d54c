-- What the environment and the secrets say. Loaded once by the master (init_by_lua); the workers inherit it.
local settings = {}

local function read(path)
  local file, reason = io.open(path, 'r')
  if not file then error('the load balancer cannot read a file it needs: ' .. reason, 0) end
  local text = file:read('*a')
  file:close()
  return text
end

settings.sticky = os.getenv('PORTICO_STICKY') or 'off'
settings.edge_secret = read('/run/portico/secrets/edge-secret'):match('^%s*(.-)%s*$')
settings.problem_page = read('/etc/portico/pages/problem.html')
-- What the image was stamped with: compose/stamp.sh.
settings.version = read('/etc/portico/VERSION'):match('^%s*(.-)%s*$')
settings.portal_name = 'portal'
settings.dns = '127.0.0.11'

return settings
