-- The table of lua/counting.lua; run by test/unit.conf.
local counting = require 'counting'

local checked, failures = 0, {}
local function check(title, ok)
  checked = checked + 1
  if not ok then failures[#failures + 1] = title end
end

check('a wait is counted in the first class that holds it', counting.class_of_wait(0) == 1 and counting.class_of_wait(5) == 1)
check('a bound is the last of its own class', counting.class_of_wait(10) == 2 and counting.class_of_wait(11) == 3)
check('the longest bound', counting.class_of_wait(10000) == #counting.BOUNDS)
check('and what is beyond it', counting.class_of_wait(10001) == #counting.BOUNDS + 1)
for index = 2, #counting.BOUNDS do
  check('bounds grow, at ' .. index, counting.BOUNDS[index] > counting.BOUNDS[index - 1])
end

local ends = { [200] = '2xx', [206] = '2xx', [304] = '3xx', [423] = '4xx', [499] = 'left', [500] = '5xx', [504] = '5xx', [0] = '5xx', [101] = '5xx' }
for status, outcome in pairs(ends) do check(status .. ' is ' .. outcome, counting.outcome(status) == outcome) end

check('answered from the cache: nobody was asked', counting.retries(nil) == 0)
check('asked once', counting.retries('10.0.0.1:8000') == 0)
check('asked again', counting.retries('10.0.0.1:8000, 10.0.0.2:8000') == 1)
check('asked three', counting.retries('10.0.0.1:8000, 10.0.0.2:8000, 10.0.0.3:8000') == 2)
check('an error page that asks is not another try', counting.retries('10.0.0.1:8000 : 10.0.0.2:8000') == 0)

check('a page counts', counting.counts('/library?q=1'))
check('what asks after the health does not', not counting.counts('/-/ready'))

if #failures > 0 then error(#failures .. ' failed:\n' .. table.concat(failures, '\n'), 0) end
return checked .. ' checks of the counters passed'
