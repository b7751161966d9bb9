-- Takes out an item that has ended with its task, or a closed task alone. ARGV: the item's key ('' without one), its end as it was read,
-- the task's id, its version as it was read ('' without one). The answer: whether it is gone, and how many answers went with it.
local wrong = unready('ready')
if wrong then return wrong end
local key, ended, about, version = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local task = redis.call('HMGET', base .. 't:' .. about, 'v', 'm')
if (task[1] or '') ~= version then return { 0, 0 } end
if key ~= '' and redis.call('HGET', base .. 'c:' .. key, 'e') ~= ended then return { 0, 0 } end
local answers = 0
for _, field in ipairs(redis.call('HKEYS', base .. 'e:' .. about)) do
  if #field > 16 then
    answers = answers + 1
  elseif redis.call('HEXISTS', base .. 'o', field) == 1 then
    -- It waits to get into the log, and is nowhere else.
    return { 0, 0 }
  end
end
if task[1] then
  local status, sla, _, assignee, waits = read_marks(task[2])
  queue_task('ZREM', waits, about)
  redis.call('ZREM', base .. 's:' .. status, about)
  redis.call('ZREM', base .. 'a:' .. assignee, about)
  redis.call('ZREM', base .. 'x', about)
  redis.call('ZREM', base .. 'w', about)
  -- How many there are; what was counted since the store began goes on.
  count('status ' .. status, -1)
  count('sla ' .. sla, -1)
  write_counts()
end
redis.call('UNLINK', base .. 't:' .. about, base .. 'e:' .. about, base .. 'c:' .. key)
return { 1, answers }
