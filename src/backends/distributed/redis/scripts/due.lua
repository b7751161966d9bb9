-- Ids of tasks whose time has come, each with when it came, the longest overdue first. ARGV: time, at most how many, who sweeps, for how many microseconds the
-- partition is theirs. Somebody else's partition has nothing for us.
local wrong = unready('ready')
if wrong then return wrong end
local now = clock(ARGV[1])
local sweeper, until_then = string.match(redis.call('GET', base .. 'sweeper') or '', '^(.-) (%d+)$')
if sweeper and sweeper ~= ARGV[3] and tonumber(until_then) > now then return {} end
redis.call('SET', base .. 'sweeper', string.format('%s %d', ARGV[3], now + tonumber(ARGV[4])))
return redis.call('ZRANGEBYSCORE', base .. 'w', '-inf', string.format('%d', now), 'WITHSCORES', 'LIMIT', 0, ARGV[2])
