-- Some of the keys of the server this partition is on. ARGV: the state it must be in, where to go on, how many to look at, a pattern,
-- and 'sweep' for removing them all but those that stay when everything is made again. The answer: where to go on, and the keys.
local wrong = unready(ARGV[1])
if wrong then return wrong end
local found = redis.call('SCAN', ARGV[2], 'MATCH', ARGV[4], 'COUNT', ARGV[3])
if ARGV[5] == 'sweep' then
  for _, key in ipairs(found[2]) do
    local _, begins = string.find(key, 'tracerail:{p%d+}:')
    local name = string.sub(key, begins + 1)
    -- What waits to get into the log is nowhere else.
    if name ~= 'meta' and name ~= 'o' and name ~= 'q' then redis.call('UNLINK', key) end
  end
  found[2] = {}
end
return found
