-- Events that are not known to be in the log, oldest first. ARGV: time, how old at least, in microseconds, at most how many.
-- The answer, for each: when it was committed and its number, as text that sorts, and the event.
local wrong = unready('ready')
if wrong then return wrong end
local until_then = clock(ARGV[1]) - tonumber(ARGV[2])
local most = math.min(tonumber(ARGV[3]), 100 * AT_ONCE)
local answer = {}
for from = 0, most - 1, AT_ONCE do
  local waiting = redis.call('ZRANGE', base .. 'q', from, math.min(from + AT_ONCE, most) - 1, 'WITHSCORES')
  if #waiting == 0 then return answer end
  local ids = {}
  for n = 1, #waiting, 2 do ids[#ids + 1] = waiting[n] end
  local events = redis.call('HMGET', base .. 'o', unpack(ids))
  for n = 1, #events do
    local committed_at = string.sub(events[n], 1, 16)
    -- Those that follow are younger.
    if tonumber(committed_at) > until_then then return answer end
    answer[#answer + 1] = committed_at .. string.format('%016d', waiting[2 * n])
    answer[#answer + 1] = string.sub(events[n], 17)
  end
end
return answer
