#!lua flags=allow-oom
-- Take a worker out of the group; never while entries are pending for it, for DELCONSUMER destroys them.
--
-- INCLUDE _prelude
-- KEYS[8]  worker  HASH
-- ARGV[6]  worker
-- ARGV[7]  dead: only when it is not believed alive; judged: and nobody is to be believed alive in a calm
--
-- Returns retired, pending, alive or calm.
local me = ARGV[6]
if #call('XPENDING', STREAM, GROUP, '-', '+', 1, me) > 0 then return 'pending' end
if ARGV[7] ~= '' then
  local alive_until = call('ZSCORE', WORKERS, me)
  if alive_until and tonumber(alive_until) > NOW then return 'alive' end
end
if ARGV[7] == 'judged' and is_calm() then return 'calm' end
call('XGROUP', 'DELCONSUMER', STREAM, GROUP, me)
call('ZREM', WORKERS, me)
call('DEL', KEYS[8])
call('HDEL', CONTROL, 'asked:' .. me, 'concurrency:' .. me)
return 'retired'
