#!lua flags=allow-oom
-- Cancel orders: at once what nobody works on; of what is being processed it is asked, once, and the beat tells the
-- worker.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  reason, may be empty
--
-- Returns per order: cancelled, asked, refused, missing, broken, twice.
local orders, answers = read_all(8), {}
for n, o in ipairs(orders) do
  local answer = 'refused'
  if o.code then
    answer = o.code
  elseif LEGAL[o.status] then
    drop(o, ARGV[6])
    answer = 'cancelled'
  elseif o.status == 'processing' then
    if not o.cancel then
      call('HSET', CONTROL, 'cancel:' .. o.worker .. ':' .. o.id, 1)
      record(o, 'processing', 'cancel_asked', {}, { 'cancel', ACTOR }, words('reason', ARGV[6]))
    end
    answer = 'asked'
  end
  answers[n] = answer
end
write_totals()
return answers
