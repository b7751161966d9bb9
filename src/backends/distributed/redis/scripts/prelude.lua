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
local own_time
local function clock(given)
  if given ~= '' then return tonumber(given) end
  if not own_time then
    local time = redis.call('TIME')
    own_time = tonumber(time[1]) * 1000000 + tonumber(time[2])
  end
  return own_time
end

-- Counts are gathered, kept when what they count is done, and written once a call.
local counting, counted = {}, {}

local function count(name, by)
  counting[#counting + 1] = { name, by }
end

local function drop_counts()
  counting = {}
end

local function keep_counts()
  for n = 1, #counting do
    local name, by = counting[n][1], counting[n][2]
    counted[name] = (counted[name] or 0) + by
  end
  drop_counts()
end

local function write_counts()
  keep_counts()
  for name, by in pairs(counted) do
    if by ~= 0 then redis.call('HINCRBY', base .. 'count', name, by) end
  end
end

-- Values that are asked for in one go: a call takes no more than some thousands.
local AT_ONCE = 1000
