-- A batch, whole or not at all.
-- ARGV: time ('' is Redis' own), not before, expected version ('' without a task, 0 for a new one), seconds to remember,
-- the entry, then for each event: id, slot of the trail, the event; before them the slot of an admission that came over the bus, or ''.
local wrong = unready('ready')
if wrong then return wrong end
local a, i = ARGV, 5
local now = clock(a[1])
local cause = base .. 'k:' .. a[i + 16]
local known = redis.call('GET', cause)
if known then
  local hash = a[i + 17]
  if string.sub(known, 1, #hash) ~= hash then return { 'reused' } end
  local answer = { 'already', string.sub(known, #hash + 1) }
  -- The events of a batch stand in the trail of what it is about: the outbox, which may be long, is not gone through.
  local left = {}
  local ids = {}
  for id in trail_ids(a[i + 19]) do ids[#ids + 1] = id end
  for n = 1, #ids, AT_ONCE do
    local some = redis.call('HMGET', base .. 'o', unpack(ids, n, math.min(n + AT_ONCE - 1, #ids)))
    for m = 1, #some do
      if some[m] and string.sub(some[m], 33, 48) == a[i + 16] then left[#left + 1] = some[m] end
    end
  end
  table.sort(left)
  for n = 1, #left do answer[#answer + 1] = string.sub(left[n], 49) end
  return answer
end
if a[2] ~= '' and now < tonumber(a[2]) then return { 'conflict' } end

local before = {}
if a[i] ~= '' then
  before = redis.call('HMGET', base .. 't:' .. a[i], 'v', 'm')
  if (before[1] or '0') ~= a[3] or tonumber(a[i + 1]) ~= tonumber(a[3]) + 1 then return { 'conflict' } end
end
if a[i + 10] ~= '' then
  local there = redis.call('HMGET', base .. 'c:' .. a[i + 10], 'h', 'n', 'r', 'e')
  if (there[1] and true or false) ~= (a[i + 11] == '') then return { 'conflict' } end
  for n = 2, 4 do
    if there[n] and a[i + 10 + n] ~= '' then return { 'conflict' } end
  end
end

if a[i] ~= '' then write_task(a, i, before) end
if a[i + 10] ~= '' then write_content(a, i) end
remember(a, i, a[4])
write_counts()

local slots = { a[i + ENTRY] }
local first = i + ENTRY + 1
local events = math.floor((#a - first + 1) / 3)
if events > 0 then
  local number = redis.call('HINCRBY', KEYS[1], 'events', events)
  local outbox, order = {}, {}
  for n = 0, events - 1 do
    local at = first + 3 * n
    outbox[#outbox + 1] = a[at]
    outbox[#outbox + 1] = string.format('%016d%016d', number - events + n, now) .. a[i + 16] .. a[at + 2]
    order[#order + 1] = number - events + n
    order[#order + 1] = a[at]
    slots[#slots + 1] = a[at + 1]
  end
  redis.call('HSET', base .. 'o', unpack(outbox))
  redis.call('ZADD', base .. 'q', unpack(order))
end
local trail = table.concat(slots)
if trail ~= '' then redis.call('APPEND', base .. 'e:' .. a[i + 19], trail) end
redis.call('HSET', KEYS[1], 'written_at', string.format('%d', a[1] == '' and now or clock('')))
return { 'applied' }
