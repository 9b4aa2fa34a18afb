#!lua flags=allow-oom
-- Take a drift out of the totals. Steps only add, so what is off by so much stays so, and may be taken out at any later
-- moment, but once, and only where they were measured: whoever did shows the mark and the last event that were there.
--
-- INCLUDE _prelude
-- ARGV[6]  the mark `totals_repaired` of the control hash when the drift was measured, '' for none
-- ARGV[7]  the new mark
-- ARGV[8]  the last event when it was measured, 0-0 for none
-- ARGV[9..]  per total: name, what to add
--
-- Returns repaired, or late: another was before, or the log is not the one that was measured (a failover); the drift
-- must be measured again.
if (call('HGET', CONTROL, 'totals_repaired') or '') ~= ARGV[6] then return 'late' end
if ARGV[8] ~= '0-0' and #call('XRANGE', EVENTS, ARGV[8], ARGV[8]) == 0 then return 'late' end
for a = 9, #ARGV, 2 do count(ARGV[a], tonumber(ARGV[a + 1])) end
call('HSET', CONTROL, 'totals_repaired', ARGV[7])
write_totals()
return 'repaired'
