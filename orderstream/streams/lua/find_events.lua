#!lua flags=allow-oom,no-writes
-- Look through one page of the events for those of some orders: filtering here keeps the others off the wire.
--
-- INCLUDE _prelude
-- ARGV[6]  id to look from
-- ARGV[7]  how many entries to look at
-- ARGV[8..]  per id: order id
--
-- Returns {{{event id, {field, value...}}...}, where to go on, or '' at the end}.
local wanted, found = {}, {}
for i = 8, #ARGV do wanted[ARGV[i]] = true end
local page = call('XRANGE', EVENTS, ARGV[6], '+', 'COUNT', ARGV[7])
for _, row in ipairs(page) do
  -- The order's id is the second field of every event.
  if wanted[row[2][4]] then found[#found + 1] = row end
end
local more = #page == tonumber(ARGV[7])
return { found, more and '(' .. page[#page][1] or '' }
