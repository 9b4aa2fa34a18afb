#!lua flags=allow-oom
-- Hand due retries to a worker. The index keeps them, a lease later, until begin takes them out: so a lost reply
-- heals. Of suspects only so many as allowed: one poison order must not fail its whole batch.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  worker
-- ARGV[7]  lease in ms, where control names none
-- ARGV[8]  suspects allowed
-- ARGV[9]  how many at most
--
-- Returns per order: promoted, early, paused, final, suspect, enough, lost, missing, broken, twice.
local me, suspects, free = ARGV[6], tonumber(ARGV[8]), tonumber(ARGV[9])
local orders, answers = read_all(8), {}
local control = call('HMGET', CONTROL, 'paused', 'lease_known')
local paused, lease = control[1] == '1', tonumber(control[2]) or tonumber(ARGV[7])

for n, o in ipairs(orders) do
  local due = tonumber(call('ZSCORE', RETRY, id_of(KEYS[7 + n])))
  local answer
  if paused then
    answer = 'paused'
  elseif not due or due > NOW then
    answer = 'early'
  elseif o.code then
    answer = o.code
  elseif not LEGAL[o.status] then
    answer = 'final'
  elseif free < 1 then
    answer = 'enough'
  elseif o.suspect and suspects < 1 then
    answer = 'suspect'
  else
    answer = 'promoted'
    free = free - 1
    if o.suspect then suspects = suspects - 1 end
  end
  answers[n] = answer
end

for n, o in ipairs(orders) do
  if answers[n] == 'final' then
    call('ZREM', RETRY, o.id)
  elseif answers[n] == 'broken' then
    -- Until it is mended it must not stand before the others at every look.
    call('ZADD', RETRY, NOW + lease, id_of(KEYS[7 + n]))
  elseif answers[n] == 'promoted' then
    -- Without JUSTID: an entry that is gone must answer with nothing.
    local claimed = call('XCLAIM', STREAM, GROUP, me, 0, o.id, 'FORCE')
    if #claimed == 0 then
      die(o, 'EntryLost')
      answers[n] = 'lost'
    else
      call('ZADD', RETRY, NOW + lease, o.id)
    end
  end
end
write_totals()
return answers
