-- The record of an item. ARGV: its key, the task it has or would have.
local wrong = unready('ready')
if wrong then return wrong end
local record = redis.call('HMGET', base .. 'c:' .. ARGV[1], 'b', 'n', 'r', 'e', 'h')
if not record[1] then return {} end
record[6] = redis.call('GET', base .. 'e:' .. ARGV[2]) or ''
return record
