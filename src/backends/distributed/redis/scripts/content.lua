-- Records of items. ARGV, for each: its key, the task it has or would have.
local wrong = unready('ready')
if wrong then return wrong end
local answers = {}
for n = 1, #ARGV, 2 do
  local record = redis.call('HMGET', base .. 'c:' .. ARGV[n], 'b', 'n', 'r', 'e', 'h')
  record[6] = record[1] and redis.call('HGETALL', base .. 'e:' .. ARGV[n + 1])
  answers[#answers + 1] = record
end
return answers
