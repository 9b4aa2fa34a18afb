#!lua flags=allow-oom
-- Write down what somebody has to say about orders. Of any status, which stays as it is: a note is no move.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  text
--
-- Returns per order {'noted', version}, or one word: missing, broken, twice.
local orders, answers = read_all(8), {}
for n, o in ipairs(orders) do
  local answer = { o.code }
  if not o.code then
    record(o, o.status, 'noted', {}, {}, { 'text', ARGV[6] })
    answer = { 'noted', o.version + 1 }
  end
  answers[n] = answer
end
write_totals()
return answers
