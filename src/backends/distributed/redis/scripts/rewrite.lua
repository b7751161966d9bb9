-- A task from which something was taken out: the same version, said otherwise. ARGV: its entry. The answer: 1, or 0 when the task has
-- another version by now.
local wrong = unready('ready')
if wrong then return wrong end
local e = read_entry()
local key = base .. 't:' .. e.about
local before = redis.call('HMGET', key, 'v', 'm')
if before[1] ~= e.version then return 0 end
write_task(e, before[2])
redis.call('HSET', key, 'd', e.data)
write_counts()
return 1
