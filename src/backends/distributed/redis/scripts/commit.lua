-- Batches, each whole or not at all. ARGV, for each: time ('' is Redis' own), not before, expected version ('' without a task, 0 for a
-- new one), and its entry. The answer, for each: 1 when it took effect, 2 when its cause was used for something else, 3 for a conflict; or
-- the answer its cause got when it took effect before, followed by the events that still wait to get into the log; or an error.
local wrong = unready('ready')
if wrong then return wrong end
local APPLIED, REUSED, CONFLICT = 1, 2, 3

-- Events that wait to get into the log are gathered, and written once a call: each behind the time of its commit, and numbered.
local outbox, order = {}, {}

local function wait(id, packed, now)
  outbox[#outbox + 1] = id
  outbox[#outbox + 1] = string.format('%016d', now) .. packed
  order[#order + 1] = 0
  order[#order + 1] = id
end

local function write_outbox()
  local events = #order / 2
  if events == 0 then return end
  local number = redis.call('HINCRBY', KEYS[1], 'events', events) - events
  for n = 1, events do order[2 * n - 1] = number + n - 1 end
  redis.call('HSET', base .. 'o', unpack(outbox))
  redis.call('ZADD', base .. 'q', unpack(order))
  outbox, order = {}, {}
end

-- What came of it when it took effect before.
local function of_then(e, known)
  local hash = string.sub(e.remembered, 1, 1) == '+' and 33 or 1
  if string.sub(known, 1, hash) ~= string.sub(e.remembered, 1, hash) then return REUSED end
  write_outbox()
  -- The events of a batch stand in the trail of what it is about: the outbox, which may be long, is not gone through.
  local ids = {}
  for _, field in ipairs(redis.call('HKEYS', base .. 'e:' .. e.about)) do
    if #field == 16 then ids[#ids + 1] = field end
  end
  local left = {}
  for n = 1, #ids, AT_ONCE do
    local last = math.min(n + AT_ONCE - 1, #ids)
    local some = redis.call('HMGET', base .. 'o', unpack(ids, n, last))
    for m = 1, last - n + 1 do
      if some[m] and string.sub(some[m], 17, 32) == e.cause then
        local number = tonumber(redis.call('ZSCORE', base .. 'q', ids[n + m - 1]))
        left[#left + 1] = { number, string.sub(some[m], 17) }
      end
    end
  end
  table.sort(left, function(one, other) return one[1] < other[1] end)
  local answer = { string.sub(known, hash + 1) }
  for n = 1, #left do answer[n + 1] = left[n][2] end
  return answer
end

local function commit(given, not_before, expected, e)
  local trail = base .. 'e:' .. e.about
  local known = redis.call('HGET', trail, 'k' .. e.cause)
  if known then return of_then(e, known) end
  local now = clock(given)
  if not_before ~= '' and now < tonumber(not_before) then return CONFLICT end
  local before
  if e.version then
    local task = redis.call('HMGET', base .. 't:' .. e.about, 'v', 'm')
    before = task[2]
    local follows = expected == '0' or tonumber(e.version) == tonumber(expected) + 1
    if (task[1] or '0') ~= expected or not follows then return CONFLICT end
  end
  local there
  if e.key then
    there = records_there(e)
    if (there.h or false) ~= not e.h or there.n or there.r or there.e then return CONFLICT end
  end

  if e.version then write_task(e, before) end
  if e.key then write_content(e, there) end
  local fields = { 'k' .. e.cause, e.remembered }
  for n = 1, #e.ids do
    fields[#fields + 1] = e.ids[n]
    fields[#fields + 1] = e.slots[n]
    if e.packed[n] then wait(e.ids[n], e.packed[n], now) end
  end
  -- Its cause last: what was not remembered is done again.
  redis.call('HSET', trail, unpack(fields))
  if #order > AT_ONCE then write_outbox() end
  return APPLIED
end

-- What was gathered of a commit that failed is forgotten again.
local function cut(list, length)
  for n = #list, length + 1, -1 do list[n] = nil end
end

local answers, written_at = {}, nil
while at <= #ARGV do
  local given, not_before, expected = take(), take(), take()
  local e, events, ids = read_entry(), #order, #task_ids
  -- What is wrong with one is no fault of the others.
  local done, answer = pcall(commit, given, not_before, expected, e)
  if done and answer == APPLIED then
    written_at = clock('')
    keep_counts()
  else
    drop_counts()
    if not done then
      cut(outbox, events)
      cut(order, events)
      cut(task_ids, ids)
    end
  end
  answers[#answers + 1] = done and answer or type(answer) == 'table' and answer or redis.error_reply(answer)
end
if written_at then
  write_outbox()
  write_task_ids()
  write_counts()
  redis.call('HSET', KEYS[1], 'written_at', string.format('%d', written_at))
end
return answers
