#!lua flags=allow-oom,no-writes
-- List one page of the orders' entries by id and status: looking at them here keeps off the wire what somebody else
-- wrote into them, which may be megabytes each. For the same reason few are read at once, and a page of large ones is
-- a short one.
--
-- INCLUDE _prelude
-- ARGV[6]  from, as XRANGE takes it
-- ARGV[7]  how many entries to look at
--
-- The status key of an order is ARGV[3] with the id of its entry: it cannot be declared, for only here the id is found.
-- It shares the slot of the others.
-- Returns {where to go on, or '' at the end, {id...}, {status, or '' where none can be read...}}.
local AT_ONCE, BYTES = 10, 1000000
local LAST = '18446744073709551615-18446744073709551615' -- nothing can lie behind it, and XRANGE refuses to look there
local most, start = tonumber(ARGV[7]), ARGV[6]
local ids, statuses, bytes = {}, {}, 0
repeat
  local count = math.min(AT_ONCE, most - #ids)
  local rows = call('XRANGE', STREAM, start, '+', 'COUNT', count)
  for _, row in ipairs(rows) do
    local status = redis.pcall('HGET', ARGV[3] .. row[1], 'status')
    ids[#ids + 1], statuses[#statuses + 1] = row[1], type(status) == 'string' and status or ''
    for _, text in ipairs(row[2]) do bytes = bytes + #text end
  end
  start = #rows == count and ids[#ids] ~= LAST and '(' .. ids[#ids] or ''
until start == '' or #ids == most or bytes >= BYTES
return { start, ids, statuses }
