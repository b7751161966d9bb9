-- Events that are not known to be in the log, oldest first. ARGV: time, how old at least, in microseconds, at most how many.
local wrong = unready('ready')
if wrong then return wrong end
local until_then = clock(ARGV[1]) - tonumber(ARGV[2])
local most = math.min(tonumber(ARGV[3]), 100 * AT_ONCE)
local answer = {}
for from = 0, most - 1, AT_ONCE do
  local ids = redis.call('ZRANGE', base .. 'q', from, math.min(from + AT_ONCE, most) - 1)
  if #ids == 0 then return answer end
  local events = redis.call('HMGET', base .. 'o', unpack(ids))
  for n = 1, #events do
    -- Those that follow are younger.
    if tonumber(string.sub(events[n], 17, 32)) > until_then then return answer end
    answer[#answer + 1] = string.sub(events[n], 1, 32)
    answer[#answer + 1] = string.sub(events[n], 49)
  end
end
return answer
