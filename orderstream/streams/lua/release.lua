#!lua flags=allow-oom
-- Unfinished orders go back at once, the attempt not counted. Leaves what is not the worker's.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  worker
-- ARGV[7..]  per order: fence ('' when the worker knows of none and so runs nothing)
--
-- Returns per order: released, left, final, missing, broken, twice.
local me = ARGV[6]
local orders, answers = read_all(8), {}

for n, o in ipairs(orders) do
  local fence = tonumber(ARGV[6 + n])
  local answer = 'left'
  if o.code then
    answer = o.code
  elseif o.status == 'processing' then
    -- Without a fence: the reply of begin was lost, and nobody runs what it began.
    if o.worker == me and (o.fence == fence or not fence) then answer = 'released' end
  elseif LEGAL[o.status] then
    local pending = call('XPENDING', STREAM, GROUP, o.id, o.id, 1)[1]
    if pending and pending[2] == me then answer = 'released' end
  else
    answer = 'final'
  end
  answers[n] = answer
end

need_group()
for n, o in ipairs(orders) do
  if answers[n] == 'final' then
    acknowledge({ o.id })
  elseif answers[n] == 'released' then
    if o.status ~= 'processing' then
      if not park(o.id, math.max(NOW, o.due)) then die(o, 'EntryLost') end
    elseif o.cancel then
      drop(o, '')
    elseif not park(o.id, NOW) then
      die(o, 'EntryLost')
    else
      record(o, 'pending', 'released', { 'attempt', o.attempt - 1, 'fence', raised(o) },
        { 'next_attempt_at', NOW_SECONDS }, { 'next_attempt_at', NOW_MS })
    end
  end
end
write_totals()
return answers
