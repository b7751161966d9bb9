-- A task from which something was taken out: the same version, said otherwise. ARGV: data and state as they were read, and its entry. The
-- answer: 1, or 0 when the task is not what was read.
local wrong = unready('ready')
if wrong then return wrong end
local data, state = take(), take()
local e = read_entry()
local key = base .. 't:' .. e.about
local before = redis.call('HMGET', key, 'v', 'd', 's', 'm')
if before[1] ~= e.version or before[2] ~= data or before[3] ~= state then return 0 end
write_task(e, before[4])
redis.call('HSET', key, 'd', e.data)
write_counts()
return 1
