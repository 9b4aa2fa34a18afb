#!lua flags=allow-oom
-- Append one sample, also on a full server: by the last minute of them the keeper judges, and says that it is full.
--
-- INCLUDE _prelude
-- KEYS[8]  metrics  STREAM  thinned by age
-- ARGV[6..]  per figure: name, value
--
-- Returns the entry's id.
return call('XADD', KEYS[8], '*', unpack(ARGV, 6))
