#!lua flags=allow-oom
-- Ask something of a living worker, which hears it with its next beat. What was asked last counts; a stop is final.
--
-- INCLUDE _prelude
-- ARGV[6]  worker
-- ARGV[7]  what: asked, concurrency
-- ARGV[8]  pause, drain, stop, or how many slots; '' withdraws
--
-- Returns asked, unknown, lost, or stopping (only a stop may be asked again).
local field, value = ARGV[7] .. ':' .. ARGV[6], ARGV[8]
local alive_until = call('ZSCORE', WORKERS, ARGV[6])
if not alive_until then return 'unknown' end
if tonumber(alive_until) <= NOW then return 'lost' end
if value ~= 'stop' and call('HGET', CONTROL, field) == 'stop' then return 'stopping' end
if value == '' then
  call('HDEL', CONTROL, field)
else
  call('HSET', CONTROL, field, value)
end
return 'asked'
