-- The partition is whole, and open to everybody. ARGV: the state it must be in, the server it is on, the time from which on something
-- may be missing when that server dies. Whoever brought it up to the log calls this last; a server that died meanwhile does not know it.
local wrong = unready(ARGV[1])
if wrong then return wrong end
redis.call('HSET', KEYS[1], 'state', 'ready', 'run_id', ARGV[2], 'written_at', ARGV[3])
redis.call('HDEL', KEYS[1], 'since')
return 1
