-- Entries: what is written about one item and its task. They stand in ARGV one after the other.
local ARGV = ARGV
local at = 1

-- The next argument.
local function take()
  at = at + 1
  return ARGV[at - 1]
end

-- The next entry: what it is about, a letter for each of its parts, and the parts.
local function read_entry()
  local e = { about = take(), ids = {}, slots = {}, packed = {} }
  local parts = take()
  for n = 1, #parts do
    local part = string.sub(parts, n, n)
    if part == 'o' or part == 's' then
      -- An event of the trail; 'o' with the event itself, which waits to get into the log.
      local m = #e.ids + 1
      e.ids[m], e.slots[m] = take(), take()
      e.packed[m] = part == 'o' and take()
    elseif part == 'k' then
      -- What it follows from, and what that is remembered by: the hash of its payload, its answer.
      e.cause, e.remembered = take(), take()
    elseif part == 'c' then
      e.key = take()
    elseif part == 'h' then
      -- The hash beside the body: whoever only asks whether the item is there does not read the body.
      e.h, e.b = take(), take()
    elseif part == 'n' then
      e.n = take()
    elseif part == 'r' then
      e.r = take()
    elseif part == 'e' then
      e.e, e.outcome = take(), take()
    elseif part == 't' then
      -- The marks: status|sla|raised|assignee, and for a task that waits, a line each, how urgent it is and its queues. A change has no data, and does not say when the task was made.
      e.version, e.data, e.state, e.marks, e.wake, e.created, e.last =
        take(), take(), take(), take(), take(), take(), take()
    end
  end
  return e
end

-- Ids of tasks, to be found by how they begin. They are gathered, and written once a call.
local task_ids = {}

local function write_task_ids()
  if #task_ids > 0 then redis.call('ZADD', base .. 'x', unpack(task_ids)) end
end

-- Whose open task it is by these marks; nobody's, where it is closed.
local function worker(status, assignee)
  if status == 'completed' or status == 'cancelled' then return '' end
  return assignee
end

-- What the marks say.
local function read_marks(marks)
  local status, sla, raised, assignee, waits = string.match(marks, '^(.-)|(.-)|(.-)|([^\n]*)(.*)$')
  return status, sla, raised, assignee, waits
end

-- Puts a task into the queues of these lines, or takes it out of them.
local function queue_task(command, waits, id)
  local rank
  for line in string.gmatch(waits, '[^\n]+') do
    if not rank then
      rank = line
    elseif command == 'ZADD' then
      redis.call('ZADD', base .. 'q:' .. line, rank, id)
    else
      redis.call('ZREM', base .. 'q:' .. line, id)
    end
  end
end

-- Moves a task between the lists it is found by.
local function move_task(e, before)
  local status, sla, raised, assignee, waits = read_marks(e.marks)
  local old_status, old_sla, old_raised, old_assignee, old_waits = read_marks(before)
  if old_waits ~= waits then
    queue_task('ZREM', old_waits, e.about)
    queue_task('ZADD', waits, e.about)
  end
  local created = e.created
  if created == '' and (old_status ~= status or old_assignee ~= assignee) then
    created = redis.call('ZSCORE', base .. 's:' .. old_status, e.about)
  end
  if old_status ~= status then
    redis.call('ZREM', base .. 's:' .. old_status, e.about)
    redis.call('ZADD', base .. 's:' .. status, created, e.about)
    count('status ' .. old_status, -1)
    count('status ' .. status, 1)
  end
  if old_sla ~= sla then
    count('sla ' .. old_sla, -1)
    count('sla ' .. sla, 1)
  end
  if old_raised == '' and raised ~= '' then count('escalated', 1) end
  local had, has = worker(old_status, old_assignee), worker(status, assignee)
  if had ~= has then
    if had ~= '' then count('open ' .. had, -1) end
    if has ~= '' then count('open ' .. has, 1) end
  end
  if old_assignee ~= assignee then
    if old_assignee ~= '' then redis.call('ZREM', base .. 'a:' .. old_assignee, e.about) end
    if assignee ~= '' then redis.call('ZADD', base .. 'a:' .. assignee, created, e.about) end
  end
end

local function list_task(e)
  local status, sla, raised, assignee, waits = read_marks(e.marks)
  queue_task('ZADD', waits, e.about)
  redis.call('ZADD', base .. 's:' .. status, e.created, e.about)
  task_ids[#task_ids + 1] = 0
  task_ids[#task_ids + 1] = e.about
  if #task_ids >= 2 * AT_ONCE then
    write_task_ids()
    task_ids = {}
  end
  count('status ' .. status, 1)
  count('sla ' .. sla, 1)
  if raised ~= '' then count('escalated', 1) end
  local has = worker(status, assignee)
  if has ~= '' then count('open ' .. has, 1) end
  if assignee ~= '' then redis.call('ZADD', base .. 'a:' .. assignee, e.created, e.about) end
end

-- Writes a version of a task; `before` are the marks of the one before it, if there is one.
local function write_task(e, before)
  local key = base .. 't:' .. e.about
  if before then
    redis.call('HSET', key, 'v', e.version, 's', e.state, 'm', e.marks, 'l', e.last)
    if before ~= e.marks then move_task(e, before) end
  else
    redis.call('HSET', key, 'v', e.version, 'd', e.data, 's', e.state, 'm', e.marks, 'l', e.last)
    list_task(e)
  end
  if e.wake ~= '' then
    redis.call('ZADD', base .. 'w', e.wake, e.about)
  elseif before then
    redis.call('ZREM', base .. 'w', e.about)
  end
end

-- Which of the records that an entry writes are there already, and whether the item was taken in.
local function records_there(e)
  local names = { 'h' }
  if e.n then names[#names + 1] = 'n' end
  if e.r then names[#names + 1] = 'r' end
  if e.e then names[#names + 1] = 'e' end
  local values = redis.call('HMGET', base .. 'c:' .. e.key, unpack(names))
  local there = {}
  for n = 1, #names do
    if values[n] then there[names[n]] = true end
  end
  return there
end

-- The sources that were met in this call.
local sources = {}

-- Writes the records of an item that are not there yet.
local function write_content(e, there)
  local fields = {}
  if e.h and not there.h then
    fields = { 'h', e.h, 'b', e.b }
    local source = string.match(e.key, '^([^/]*/[^/]*)/')
    if not sources[source] then redis.call('SADD', base .. 'src', source) end
    sources[source] = true
    count('contents', 1)
  end
  if e.n and not there.n then
    fields[#fields + 1] = 'n'
    fields[#fields + 1] = e.n
  end
  if e.r and not there.r then
    fields[#fields + 1] = 'r'
    fields[#fields + 1] = e.r
  end
  if e.e and not there.e then
    fields[#fields + 1] = 'e'
    fields[#fields + 1] = e.e
    count('outcome ' .. e.outcome, 1)
  end
  if #fields > 0 then redis.call('HSET', base .. 'c:' .. e.key, unpack(fields)) end
end
