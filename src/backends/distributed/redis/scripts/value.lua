-- How the cause of something is remembered ('cause'), or the counts ('count'). ARGV: which of both, what it is about, the cause.
local wrong = unready('ready')
if wrong then return wrong end
if ARGV[1] == 'count' then return redis.call('HGETALL', base .. 'count') end
return redis.call('HGET', base .. 'e:' .. ARGV[2], 'k' .. ARGV[3])
