-- What the log tells, applied where it is not known yet. ARGV: the state the partition must be in, seconds to remember, then for each
-- event: its entry and its slot in the trail. The answer: the numbers of the entries that came too early.
local wrong = unready(ARGV[1])
if wrong then return wrong end
local early = {}

local NOWHERE = string.rep('\0', 9)

-- The trails that were met: where in them which event stands, how many they have, and what is to be added. Each is read and written once.
local trails = {}

local function trail_of(about)
  local trail = trails[about]
  if not trail then
    trail = { places = {}, events = 0, more = {} }
    for id in trail_ids(about) do
      trail.places[id] = trail.events
      trail.events = trail.events + 1
    end
    trails[about] = trail
  end
  return trail
end

-- An event that is in the trail already gets its place, if it has one now.
local function note(about, slot)
  local trail, id, place = trail_of(about), string.sub(slot, 1, 16), string.sub(slot, 26)
  local n = trail.places[id]
  if not n then
    trail.places[id] = trail.events
    trail.events = trail.events + 1
    trail.more[#trail.more + 1] = slot
  elseif place ~= NOWHERE then
    local added = n - (trail.events - #trail.more)
    if added >= 0 then
      trail.more[added + 1] = string.sub(trail.more[added + 1], 1, 25) .. place
    else
      set_place(about, n, place)
    end
  end
end

local function write_trails()
  for about, trail in pairs(trails) do
    if #trail.more > 0 then redis.call('APPEND', base .. 'e:' .. about, table.concat(trail.more)) end
  end
end

-- Only what is not there yet: the first record stays.
local function fill(a, i)
  local there = redis.call('HMGET', base .. 'c:' .. a[i + 10], 'h', 'n', 'r', 'e')
  local entry = {}
  for n = 0, ENTRY - 1 do entry[n] = a[i + n] end
  for n = 1, 4 do
    if there[n] then entry[10 + n] = '' end
  end
  write_content(entry, 0)
end

for i = 3, #ARGV, ENTRY + 1 do
  local a, comes_too_early = ARGV, false
  if a[i] ~= '' then
    local before = redis.call('HMGET', base .. 't:' .. a[i], 'v', 'm')
    local stored, version = tonumber(before[1] or '0'), tonumber(a[i + 1])
    if version > stored then
      -- A task as a whole can be taken at any version; a change only on the one before.
      if version == stored + 1 and (stored > 0 or a[i + 2] ~= '') or a[i + 2] ~= '' then
        write_task(a, i, before)
      else
        early[#early + 1] = (i - 3) / (ENTRY + 1)
        comes_too_early = true
      end
    end
  end
  if not comes_too_early then
    if a[i + 10] ~= '' then fill(a, i) end
    remember(a, i, ARGV[2])
    if a[i + ENTRY] ~= '' then note(a[i + 19], a[i + ENTRY]) end
  end
end
write_trails()
write_counts()
return early
