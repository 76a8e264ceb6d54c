-- The decisions of the counters. Pure; `test/counting_test.lua` is its table.
local counting = {}

-- Upper bounds, in milliseconds, of the classes that waits are counted in; a wait beyond the last has one more.
counting.BOUNDS = { 5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 750, 1000, 1500, 2000, 3500, 5000, 10000 }

local OUTCOMES = { [2] = '2xx', [3] = '3xx', [4] = '4xx', [5] = '5xx' }

--- The class of a wait, 1 to #BOUNDS + 1.
function counting.class_of_wait(ms)
  for index, bound in ipairs(counting.BOUNDS) do
    if ms <= bound then return index end
  end
  return #counting.BOUNDS + 1
end

--- How a request ended. Who left before the answer came (499) says nothing about the portal.
function counting.outcome(status)
  if status == 499 then return 'left' end
  return OUTCOMES[math.floor(status / 100)] or '5xx' -- 0: no answer was made at all
end

--- How often a request was given to yet another portal. nginx lists them with commas, and with colons where an error
-- page asked anew.
-- @param asked  $upstream_addr, or nil
function counting.retries(asked)
  if not asked then return 0 end
  local _, commas = asked:gsub(',', '')
  return commas
end

--- Whether it is a request at all: what asks after the health of things would otherwise be most of an idle cluster's.
function counting.counts(uri)
  return uri:sub(1, 3) ~= '/-/'
end

return counting
