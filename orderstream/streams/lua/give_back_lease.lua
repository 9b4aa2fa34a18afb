#!lua flags=allow-oom
-- Give the keeper's lease back, if it is still the own one.
--
-- INCLUDE _prelude
-- KEYS[8]  keeper  STRING  name and fence
-- ARGV[6]  name
--
-- Returns 1, or 0 when it was not.
local name = string.match(call('GET', KEYS[8]) or '', '^(.*) %d+$')
if name ~= ARGV[6] then return 0 end
return call('DEL', KEYS[8])
