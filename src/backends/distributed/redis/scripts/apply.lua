-- What the log tells, applied where it is not known yet. ARGV: the state the partition must be in, then the entries. The answer: the
-- numbers of those that came too early.
local wrong = unready(take())
if wrong then return wrong end

local NOWHERE = string.rep('\0', 9)

-- Whether the version of the task this tells of can be taken now. A task as a whole can be taken at any version; a change only on the
-- one before.
local function apply_task(e)
  local before = redis.call('HMGET', base .. 't:' .. e.about, 'v', 'm')
  local stored, version = tonumber(before[1] or '0'), tonumber(e.version)
  if version <= stored then return true end
  if e.data == '' and (stored == 0 or version ~= stored + 1) then return false end
  write_task(e, before[2])
  return true
end

-- Whether the item is there, or comes with this. Records of one whose beginning the log no longer has would be half an item.
local function is_begun(e)
  return e.h or redis.call('HEXISTS', base .. 'c:' .. e.key, 'h') == 1
end

-- Causes, and events of the trail. An event that is known already gets its place, if it has one now.
local function note(e)
  local trail, fields = base .. 'e:' .. e.about, {}
  if e.cause then fields = { 'k' .. e.cause, e.remembered } end
  for n = 1, #e.ids do
    if string.sub(e.slots[n], 10) == NOWHERE then
      redis.call('HSETNX', trail, e.ids[n], e.slots[n])
    else
      fields[#fields + 1] = e.ids[n]
      fields[#fields + 1] = e.slots[n]
    end
  end
  if #fields > 0 then redis.call('HSET', trail, unpack(fields)) end
end

local early, number = {}, 0
while at <= #ARGV do
  local e = read_entry()
  if (not e.key or is_begun(e)) and (not e.version or apply_task(e)) then
    if e.key then write_content(e, records_there(e)) end
    note(e)
  else
    early[#early + 1] = number
  end
  number = number + 1
end
write_task_ids()
write_counts()
return early
