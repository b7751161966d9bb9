-- Tasks, and when they wake. ARGV: their ids.
local wrong = unready('ready')
if wrong then return wrong end
local answer = {}
for n = 1, #ARGV do
  local task = redis.call('HMGET', base .. 't:' .. ARGV[n], 'v', 'd', 's', 'l')
  if task[1] then
    answer[#answer + 1] = { ARGV[n], task[1], task[2], task[3], task[4], redis.call('ZSCORE', base .. 'w', ARGV[n]) or '' }
  end
end
return answer
