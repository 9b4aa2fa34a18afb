#!lua flags=allow-oom,no-writes
-- Count one page of a stream's entries: counting here keeps them off the wire.
--
-- INCLUDE _prelude
-- KEYS[8]  counted  STREAM
-- ARGV[6]  from, as XRANGE takes it
-- ARGV[7]  up to, likewise
-- ARGV[8]  how many entries to look at
--
-- Returns {how many there were, where to go on, or '' at the end}.
local page = call('XRANGE', KEYS[8], ARGV[6], ARGV[7], 'COUNT', ARGV[8])
local more = #page == tonumber(ARGV[8])
return { #page, more and '(' .. page[#page][1] or '' }
