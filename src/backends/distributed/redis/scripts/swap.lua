-- Values of a hash, each put in the place of what was read before, if that is still there. ARGV: the hash, then for each: field, what was
-- read, what stands there since ('' for nothing at all). The answer: how many were changed.
local wrong = unready('ready')
if wrong then return wrong end
local key, changed = base .. ARGV[1], 0
for n = 2, #ARGV, 3 do
  if redis.call('HGET', key, ARGV[n]) == ARGV[n + 1] then
    if ARGV[n + 2] == '' then
      redis.call('HDEL', key, ARGV[n])
    else
      redis.call('HSET', key, ARGV[n], ARGV[n + 2])
    end
    changed = changed + 1
  end
end
return changed
