#!lua flags=allow-oom
-- Take a drift out of the totals. Steps only add, so what is off by so much stays so, and may be taken out at any later
-- moment, but once: whoever measured it shows the mark that was there then.
--
-- INCLUDE _prelude
-- ARGV[6]  the mark `totals_repaired` of the control hash when the drift was measured, '' for none
-- ARGV[7]  the new mark
-- ARGV[8..]  per total: name, what to add
--
-- Returns repaired, or late: another was before, and the drift must be measured again.
if (call('HGET', CONTROL, 'totals_repaired') or '') ~= ARGV[6] then return 'late' end
for a = 8, #ARGV, 2 do count(ARGV[a], tonumber(ARGV[a + 1])) end
call('HSET', CONTROL, 'totals_repaired', ARGV[7])
write_totals()
return 'repaired'
