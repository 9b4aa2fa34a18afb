#!lua flags=allow-oom
-- Put back what no live worker holds within its deadline. Hands out nothing: only reading and promote do.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  ms for which a live worker may hold an entry that it has not begun
-- ARGV[7]  limit of attempts
-- ARGV[8]  back-off in ms
--
-- Returns per order: fine, put_back, swept, parked, indexed, held, calm, undelivered, acknowledged, lost, missing,
-- broken, twice.
local bound, limit, backoff = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local orders, answers, owners, scores = read_all(8), {}, {}, {}
local calm = is_calm()

local function is_alive(worker)
  local until_ms = worker and call('ZSCORE', WORKERS, worker)
  return until_ms and tonumber(until_ms) > NOW
end

-- Ids compare as two numbers; as text 5-10 would come before 5-9.
local function is_delivered(id, last)
  local ms, sequence = string.match(id, '(%d+)-(%d+)')
  local last_ms, last_sequence = string.match(last, '(%d+)-(%d+)')
  if ms ~= last_ms then return tonumber(ms) < tonumber(last_ms) end
  return tonumber(sequence) <= tonumber(last_sequence)
end

local function last_delivered()
  for _, flat in ipairs(call('XINFO', 'GROUPS', STREAM)) do
    local group = {}
    for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
    if group.name == GROUP then return group['last-delivered-id'] end
  end
  return '0-0'
end
local last = last_delivered()

local function judge_processing(o, pending)
  if calm then return 'calm' end
  if not is_alive(o.worker) then return 'swept', 'WorkerLost' end
  if o.deadline <= NOW then return 'swept', 'DeadlinePassed' end
  if pending and pending[2] == o.worker then return 'fine' end
  return 'put_back'
end

local function judge_waiting(o, pending)
  if not pending then return is_delivered(o.id, last) and 'parked' or 'undelivered' end
  if pending[2] == WAITING then return call('ZSCORE', RETRY, o.id) and 'fine' or 'indexed' end
  if is_alive(pending[2]) and pending[3] < bound then return 'held' end
  return calm and 'calm' or 'parked'
end

local errors = {}
for n, o in ipairs(orders) do
  if o.code then
    answers[n] = o.code
  else
    local pending = call('XPENDING', STREAM, GROUP, o.id, o.id, 1)[1]
    if o.status == 'processing' then
      answers[n], errors[n] = judge_processing(o, pending)
    elseif LEGAL[o.status] then
      answers[n] = judge_waiting(o, pending)
    else
      answers[n] = pending and 'acknowledged' or 'fine'
      scores[n] = call('ZSCORE', FAILED, o.id)
    end
  end
end

local function put_back(o, error)
  count('n_swept', 1)
  -- From whom: a lost worker's orders are found by it, long after others have begun them again.
  local from = { 'swept', o.worker }
  if o.cancel then
    drop(o, '', from)
  elseif o.attempt >= limit then
    die(o, error, from)
  elseif not park(o.id, NOW + backoff) then
    die(o, 'EntryLost', from)
  else
    -- A suspect: its next silent death would be its last.
    local suspect = o.attempt >= limit - 1 and { 'suspect', '1' } or cleared(o, {})
    append(suspect, { 'error', error, 'fence', raised(o) })
    append(from, { 'next_attempt_at', string.format('%.0f', NOW + backoff) })
    record(o, 'retrying', 'retried', suspect, { 'next_attempt_at', seconds(NOW + backoff) }, from)
  end
end

local function mend_ended(o, failed_at)
  acknowledge({ o.id })
  call('ZREM', RETRY, o.id)
  if o.status == 'failed' and not failed_at then call('ZADD', FAILED, NOW, o.id) end
end

for n, o in ipairs(orders) do
  local answer = answers[n]
  if answer == 'swept' then
    put_back(o, errors[n])
  elseif answer == 'put_back' then
    call('XCLAIM', STREAM, GROUP, o.worker, 0, o.id, 'FORCE', 'JUSTID')
  elseif answer == 'indexed' then
    call('ZADD', RETRY, math.max(o.due, NOW), o.id)
  elseif answer == 'parked' then
    if not park(o.id, math.max(o.due, NOW)) then
      die(o, 'EntryLost')
      answers[n] = 'lost'
    end
  elseif o.status ~= 'processing' and not o.code and not LEGAL[o.status] then
    mend_ended(o, scores[n])
  end
end
write_totals()
return answers
