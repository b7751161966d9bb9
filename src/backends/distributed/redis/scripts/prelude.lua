-- What every script begins with. KEYS[1] is the partition's meta key; all other keys begin as it does, and so stand in its slot.
local base = string.sub(KEYS[1], 1, -5)

-- Without its meta key the partition was emptied behind our back; while it is made again nobody else may look or write.
local function unready(state)
  local is = redis.call('HGET', KEYS[1], 'state')
  if is == state then return nil end
  if not is then return redis.error_reply('NOMETA the partition is empty') end
  return redis.error_reply('NOTREADY the partition is ' .. is)
end

-- Redis' own clock in microseconds, unless the caller brings one.
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- Counts are gathered, and written once a call.
local counted = {}

local function count(name, by)
  counted[name] = (counted[name] or 0) + by
end

local function write_counts()
  for name, by in pairs(counted) do
    if by ~= 0 then redis.call('HINCRBY', base .. 'count', name, by) end
  end
end

-- Values that are asked for in one go: a call takes no more than some thousands.
local AT_ONCE = 1000

-- A slot of a trail: 16 bytes id, 8 time, 1 subject, 9 place.
local SLOT = 34

-- The ids of the events about a task and its item.
local function trail_ids(about)
  local trail = redis.call('GET', base .. 'e:' .. about) or ''
  local at = 1 - SLOT
  return function()
    at = at + SLOT
    if at < #trail then return string.sub(trail, at, at + 15) end
  end
end

-- Where in the trail of a task this event stands, counted from 0; nothing where it does not.
local function slot_of(about, id)
  local n = 0
  for other in trail_ids(about) do
    if other == id then return n end
    n = n + 1
  end
end

-- Says in the trail where the event of this slot is in the log.
local function set_place(about, n, place)
  redis.call('SETRANGE', base .. 'e:' .. about, n * SLOT + 25, place)
end

-- One entry of a batch: what is written about one item and its task. `a` are the arguments, `i` is where the entry begins.
local ENTRY = 20

local function write_task(a, i, before)
  local id, status = a[i], a[i + 4]
  local key = base .. 't:' .. id
  local created, wake, assignee, sla, raised = a[i + 6], a[i + 5], a[i + 7], a[i + 8], a[i + 9]
  if before[1] then
    -- A change does not say when the task was made.
    local function age()
      if created == '' then created = redis.call('ZSCORE', base .. 's:' .. string.match(before[2], '^(.-)|'), id) end
      return created
    end
    redis.call('HSET', key, 'v', a[i + 1], 's', a[i + 3], 'm', status .. '|' .. sla .. '|' .. raised .. '|' .. assignee)
    local old_status, old_sla, old_raised, old_assignee = string.match(before[2], '^(.-)|(.-)|(.-)|(.*)$')
    if old_status ~= status or old_assignee ~= assignee then age() end
    if old_status ~= status then
      redis.call('ZREM', base .. 's:' .. old_status, id)
      redis.call('ZADD', base .. 's:' .. status, created, id)
      count('status ' .. old_status, -1)
      count('status ' .. status, 1)
    end
    if old_sla ~= sla then
      count('sla ' .. old_sla, -1)
      count('sla ' .. sla, 1)
    end
    if old_raised == '' and raised ~= '' then count('escalated', 1) end
    if old_assignee ~= assignee then
      if old_assignee ~= '' then redis.call('ZREM', base .. 'a:' .. old_assignee, id) end
      if assignee ~= '' then redis.call('ZADD', base .. 'a:' .. assignee, created, id) end
    end
  else
    redis.call('HSET', key, 'v', a[i + 1], 'd', a[i + 2], 's', a[i + 3], 'm', status .. '|' .. sla .. '|' .. raised .. '|' .. assignee)
    redis.call('ZADD', base .. 's:' .. status, created, id)
    redis.call('ZADD', base .. 'x', 0, id)
    count('status ' .. status, 1)
    count('sla ' .. sla, 1)
    if raised ~= '' then count('escalated', 1) end
    if assignee ~= '' then redis.call('ZADD', base .. 'a:' .. assignee, created, id) end
  end
  if wake ~= '' then
    redis.call('ZADD', base .. 'w', wake, id)
  elseif before[1] then
    redis.call('ZREM', base .. 'w', id)
  end
end

-- The records of an item; each is written where there is none yet.
local function write_content(a, i)
  local key = base .. 'c:' .. a[i + 10]
  local admission, analysis, route, terminal = a[i + 11], a[i + 12], a[i + 13], a[i + 14]
  local fields = {}
  if admission ~= '' then
    -- The hash beside the body: whoever only asks whether the item is there does not read the body.
    fields[#fields + 1] = 'h'
    fields[#fields + 1] = string.sub(admission, 1, 32)
    fields[#fields + 1] = 'b'
    fields[#fields + 1] = string.sub(admission, 33)
    redis.call('SADD', base .. 'src', string.match(a[i + 10], '^([^/]*/[^/]*)/'))
    count('contents', 1)
  end
  if analysis ~= '' then fields[#fields + 1] = 'n'; fields[#fields + 1] = analysis end
  if route ~= '' then fields[#fields + 1] = 'r'; fields[#fields + 1] = route end
  if terminal ~= '' then
    fields[#fields + 1] = 'e'
    fields[#fields + 1] = terminal
    count('outcome ' .. a[i + 15], 1)
  end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
end

-- What a cause is remembered by: whether it was a command, the hash of its payload, its answer.
local function remember(a, i, ttl)
  if a[i + 16] ~= '' then
    redis.call('SET', base .. 'k:' .. a[i + 16], a[i + 17] .. a[i + 18], 'EX', ttl)
  end
end
