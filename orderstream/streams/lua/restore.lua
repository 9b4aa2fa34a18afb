#!lua flags=allow-oom
-- Write a status hash that was folded from events, only where none is. It is no change: no event, no totals.
--
-- INCLUDE _prelude
-- KEYS[8]  status  HASH
-- ARGV[6..]  per pair: field, value
--
-- Returns restored or exists.
if call('EXISTS', KEYS[8]) == 1 then return 'exists' end
call('HSET', KEYS[8], unpack(ARGV, 6))
return 'restored'
