-- Ids of tasks between two, at most how many. ARGV: from, to, how many.
local wrong = unready('ready')
if wrong then return wrong end
return redis.call('ZRANGEBYLEX', base .. 'x', '[' .. ARGV[1], '[' .. ARGV[2], 'LIMIT', 0, ARGV[3])
