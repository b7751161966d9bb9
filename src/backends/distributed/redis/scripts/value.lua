-- How the cause of something is remembered ('cause'), the counts ('count'), or some of them ('counts'). ARGV: which of them; what the
-- cause is about, and the cause; or the names of the counts.
local wrong = unready('ready')
if wrong then return wrong end
if ARGV[1] == 'count' then return redis.call('HGETALL', base .. 'count') end
if ARGV[1] == 'counts' then return redis.call('HMGET', base .. 'count', unpack(ARGV, 2)) end
return redis.call('HGET', base .. 'e:' .. ARGV[2], 'k' .. ARGV[3])
