-- The sources this partition knows, each as tenant/source, for which there is an item of this id. ARGV: the tenant and a slash, the id.
local wrong = unready('ready')
if wrong then return wrong end
local answer = {}
for _, source in ipairs(redis.call('SMEMBERS', base .. 'src')) do
  if string.sub(source, 1, #ARGV[1]) == ARGV[1] then
    local key = source .. '/' .. ARGV[2]
    if redis.call('EXISTS', base .. 'c:' .. key) == 1 then answer[#answer + 1] = key end
  end
end
return answer
