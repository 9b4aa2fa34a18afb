#!lua flags=allow-oom
-- Give dead letters up: they become cancelled.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  reason, may be empty
--
-- Returns per order: discarded, refused, missing, broken, twice.
local orders, answers = read_all(8), {}
for n, o in ipairs(orders) do
  local answer
  if o.code then
    answer = o.code
  elseif not LEGAL[o.status] then
    answer = 'refused'
  else
    call('ZREM', FAILED, o.id)
    drop(o, ARGV[6])
    answer = 'discarded'
  end
  answers[n] = answer
end
write_totals()
return answers
