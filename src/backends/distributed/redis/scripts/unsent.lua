-- Events that are not known to be in the log, oldest first. ARGV: time, how old at least, in microseconds, at most how many.
local wrong = unready('ready')
if wrong then return wrong end
local until_then = clock(ARGV[1]) - tonumber(ARGV[2])
local left = {}
local outbox = redis.call('HVALS', base .. 'o')
for n = 1, #outbox do
  if tonumber(string.sub(outbox[n], 17, 32)) <= until_then then left[#left + 1] = outbox[n] end
end
table.sort(left)
local answer = {}
for n = 1, math.min(#left, tonumber(ARGV[3])) do
  answer[#answer + 1] = string.sub(left[n], 1, 32)
  answer[#answer + 1] = string.sub(left[n], 49)
end
return answer
