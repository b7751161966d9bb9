-- Ids of tasks with when they were created, oldest first. ARGV: created at least then, at most how many, then the names of the lists.
-- Of those created at that very moment all come: only the caller knows where among them it goes on.
local wrong = unready('ready')
if wrong then return wrong end
local answer = {}
for n = 3, #ARGV do
  local key = base .. ARGV[n]
  for _, range in ipairs({ { ARGV[1], ARGV[1], -1 }, { '(' .. ARGV[1], '+inf', ARGV[2] } }) do
    local found = redis.call('ZRANGEBYSCORE', key, range[1], range[2], 'WITHSCORES', 'LIMIT', 0, range[3])
    for m = 1, #found do answer[#answer + 1] = found[m] end
  end
end
return answer
