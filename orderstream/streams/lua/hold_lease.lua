#!lua flags=allow-oom
-- Take the keeper's lease, or extend the own one. The fence is counted in the control hash, so it outlives the lease.
--
-- INCLUDE _prelude
-- KEYS[8]  keeper  STRING  name and fence
-- ARGV[6]  name
-- ARGV[7]  time to live in ms
--
-- Returns the fence, or 0 while another holds the lease.
local holder = call('GET', KEYS[8])
local name, fence = string.match(holder or '', '^(.*) (%d+)$')
if holder and name ~= ARGV[6] then return 0 end
if not holder then fence = call('HINCRBY', CONTROL, 'keeper_fence', 1) end
call('SET', KEYS[8], ARGV[6] .. ' ' .. fence, 'PX', ARGV[7])
return tonumber(fence)
