#!lua flags=allow-oom
-- Write fields of a hash of the keeper's or the operators', also on a full server: boards would call a keeper silent that
-- tells them of exactly that, and nobody could pause.
--
-- INCLUDE _prelude
-- KEYS[8]  written  HASH  with few fields, each written anew: it does not grow
-- ARGV[6..]  per field: name, value
--
-- Returns how many of them were not there before.
return call('HSET', KEYS[8], unpack(ARGV, 6))
