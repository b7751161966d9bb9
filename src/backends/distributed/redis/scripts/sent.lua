-- Events that are in the log now. ARGV, for each: id, the task it is about, its slot in the trail ('' where nobody knows its place).
-- The answer: how many of them are known, from the outbox or from the trail of what they are about.
local wrong = unready('ready')
if wrong then return wrong end
local ids = {}
for n = 1, #ARGV, 3 do ids[#ids + 1] = ARGV[n] end
local known = redis.call('HDEL', base .. 'o', unpack(ids))
redis.call('ZREM', base .. 'q', unpack(ids))
-- Whatever waited in the outbox stands in its trail.
local all_known = known == #ids
if not all_known then known = 0 end
local fields = {}
for n = 1, #ARGV, 3 do
  local id, about, slot = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  local there = all_known or redis.call('HEXISTS', base .. 'e:' .. about, id) == 1
  if there and not all_known then known = known + 1 end
  if there and slot ~= '' then
    fields[#fields + 1] = id
    fields[#fields + 1] = slot
  end
  -- Events of one batch come one after the other.
  if #fields > 0 and ARGV[n + 4] ~= about then
    redis.call('HSET', base .. 'e:' .. about, unpack(fields))
    fields = {}
  end
end
return known
