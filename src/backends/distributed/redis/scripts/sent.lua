-- Events that are in the log now. ARGV: for each: id, the task it is about, its place ('' where nobody knows).
-- The answer: how many of them are known, from the outbox or from the trail of what they are about.
local wrong = unready('ready')
if wrong then return wrong end
local ids, known = {}, 0
for n = 1, #ARGV, 3 do
  local id, about, place = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  ids[#ids + 1] = id
  local slot = slot_of(about, id)
  if slot and place ~= '' then set_place(about, slot, place) end
  if slot or redis.call('HEXISTS', base .. 'o', id) == 1 then known = known + 1 end
end
redis.call('HDEL', base .. 'o', unpack(ids))
redis.call('ZREM', base .. 'q', unpack(ids))
return known
