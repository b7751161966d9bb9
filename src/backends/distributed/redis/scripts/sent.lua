-- Events that are in the log now. ARGV: for each: id, the task it is about, its place ('' where nobody knows).
local wrong = unready('ready')
if wrong then return wrong end
local ids = {}
for n = 1, #ARGV, 3 do
  ids[#ids + 1] = ARGV[n]
  if ARGV[n + 2] ~= '' then
    local key = base .. 'e:' .. ARGV[n + 1]
    local trail = redis.call('GET', key) or ''
    for at = 1, #trail, 34 do
      if string.sub(trail, at, at + 15) == ARGV[n] then redis.call('SETRANGE', key, at + 24, ARGV[n + 2]) end
    end
  end
end
return redis.call('HDEL', base .. 'o', unpack(ids))
