#!lua flags=allow-oom
-- Send dead letters back: pending and due at once, a new round with its attempts before it. The id stays.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  reason, may be empty
--
-- Returns per order: requeued, gone (its entry is lost; nothing changed), refused, missing, broken, twice.
local orders, answers = read_all(8), {}
for n, o in ipairs(orders) do
  local answer
  if o.code then
    answer = o.code
  elseif not LEGAL[o.status] then
    answer = 'refused'
  elseif not park(o.id, NOW) then
    answer = 'gone'
  else
    call('ZREM', FAILED, o.id)
    local event = words('reason', ARGV[6])
    append(event, { 'next_attempt_at', NOW_MS })
    record(o, 'pending', 'requeued', cleared(o, { 'round', o.round + 1, 'attempt', 0, 'fence', raised(o) }),
      { 'next_attempt_at', NOW_SECONDS }, event)
    answer = 'requeued'
  end
  answers[n] = answer
end
write_totals()
return answers
