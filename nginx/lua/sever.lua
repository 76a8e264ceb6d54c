-- Ends this worker's connections to a portal. nginx offers no way to take a request back from a peer, and its read
-- timeout cannot tell a frozen portal from one that waits for the database. Shut down and not closed: the descriptor
-- stays nginx's own, which reads an end of file, as if the portal had died.
local ffi = require 'ffi'

ffi.cdef [[
  struct portico_address { uint16_t family; uint16_t port; uint8_t ip[4]; char rest[120]; };
  int getpeername(int fd, struct portico_address *address, uint32_t *length);
  int shutdown(int fd, int how);
]]
local AF_INET, SHUT_RDWR = 2, 2
local DESCRIPTORS = 16384 -- worker_rlimit_nofile

local address, length = ffi.new('struct portico_address'), ffi.new('uint32_t[1]')

--- @return how many connections were ended
return function(ip, port)
  local ended = 0
  for fd = 3, DESCRIPTORS - 1 do
    length[0] = ffi.sizeof(address)
    if ffi.C.getpeername(fd, address, length) == 0 and address.family == AF_INET then
      local its_port = bit.bor(bit.lshift(bit.band(address.port, 0xff), 8), bit.rshift(address.port, 8))
      local its_ip = ('%d.%d.%d.%d'):format(address.ip[0], address.ip[1], address.ip[2], address.ip[3])
      if its_port == port and its_ip == ip and ffi.C.shutdown(fd, SHUT_RDWR) == 0 then ended = ended + 1 end
    end
  end
  return ended
end
