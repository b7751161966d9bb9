-- A cause as it is remembered ('k'), or the counts ('count'). ARGV: which of both, and of which cause.
local wrong = unready('ready')
if wrong then return wrong end
if ARGV[1] == 'count' then return redis.call('HGETALL', base .. 'count') end
return redis.call('GET', base .. 'k:' .. ARGV[2])
