#!lua flags=allow-oom,no-writes
-- The last event's id with the totals and the control hash at that very moment: a tail from there has no gap.
--
-- INCLUDE _prelude
--
-- Returns {cursor, totals, control, now ms}.
local cursor = '0-0'
if call('EXISTS', EVENTS) == 1 then
  local about = call('XINFO', 'STREAM', EVENTS)
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then cursor = about[i + 1] end
  end
end
return { cursor, call('HGETALL', TOTALS), call('HGETALL', CONTROL), NOW }
