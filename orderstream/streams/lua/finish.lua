#!lua flags=allow-oom
-- Record what became of attempts, of those orders that the worker still holds with the fence it shows (I4).
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  worker
-- ARGV[7]  limit of attempts
-- ARGV[8..]  per order: fence, outcome (completed retry rejected), delay ms, error code, text, took ms
--
-- Returns per order {code, status}: recorded, again (it was recorded before), stale (refused and counted), missing,
-- broken, twice.
local me, limit = ARGV[6], tonumber(ARGV[7])
local SIZE = 6
local answers, ended, completions, others, seen = {}, {}, {}, {}, {}

for i = 8, #KEYS do
  local key, a = KEYS[i], 8 + (i - 8) * SIZE
  local h = redis.pcall('HMGET', key, 'status', 'version', 'fence', 'worker_id', 'cancel', 'attempt', 'round')
  local answer
  if h.err then
    answer = { 'broken', '' }
  elseif not h[1] then
    answer = { 'missing', '' }
  elseif seen[key] then
    answer = { 'twice', h[1] }
  elseif h[3] ~= ARGV[a] or h[4] ~= me then
    answer = { 'stale', h[1] }
    count('n_stale', 1)
  elseif LEGAL[h[1]] == nil or not tonumber(h[2]) then
    answer = { 'broken', '' }
  elseif not LEGAL[h[1]] then
    answer = { 'again', h[1] }
  elseif ARGV[a + 1] == 'completed' then
    -- Completed wins over a cancel that was asked: its effects may be committed.
    answer = { 'recorded', 'completed' }
    ended[#ended + 1] = id_of(key)
    completions[#completions + 1] = { key, h[2] + 1, tonumber(ARGV[a + 5]), id_of(key), h[5] }
    if h[6] == '1' and (h[7] or '1') == '1' then count('n_completed_at_first', 1) end
    seen[key] = true
  else
    local o = read(key)
    if o.code then
      answer = { o.code, '' }
    else
      local to = 'failed'
      if o.cancel then
        to = 'cancelled'
      elseif ARGV[a + 1] == 'retry' and o.attempt < limit then
        to = 'retrying'
      end
      if to ~= 'retrying' then ended[#ended + 1] = o.id end
      answer = { 'recorded', to }
      others[#others + 1] = { o, to, a, answer }
      seen[key] = true
    end
  end
  answers[i - 7] = answer
end

if #others > 0 then need_group() end
acknowledge(ended)
for _, done in ipairs(completions) do
  local key, version, took, id = done[1], done[2], done[3], done[4]
  call('HSET', key, 'status', 'completed', 'version', version, 'processed_at', NOW_SECONDS, 'processing_time',
    seconds(took))
  call('XADD', EVENTS, '*', 'type', 'order.completed', 'order_id', id, 'version', version, 'from', 'processing', 'to',
    'completed', 'at', NOW_MS, 'actor', ACTOR, 'processing_time', took)
  count(bucket('took_', took), 1)
  if done[5] then forget_cancel({ cancel = done[5], worker = me, id = id }) end
end
count('processing', -#completions)
count('completed', #completions)
count('n_completed', #completions)
for _, other in ipairs(others) do
  local o, to, a = other[1], other[2], other[3]
  local error, text = ARGV[a + 3], words('text', ARGV[a + 4])
  local due = to == 'retrying' and NOW + tonumber(ARGV[a + 2])
  if due and not park(o.id, due) then
    -- Nothing would ever find it again: the sweep goes by entries.
    die(o, 'EntryLost')
    other[4][2] = 'failed'
  elseif due then
    append(text, { 'next_attempt_at', string.format('%.0f', due) })
    record(o, to, 'retried', cleared(o, { 'error', error }), { 'next_attempt_at', seconds(due) }, text)
  elseif to == 'failed' then
    call('ZADD', FAILED, NOW, o.id)
    record(o, to, 'failed', cleared(o, { 'error', error }), { 'processed_at', NOW_SECONDS }, text)
  else
    forget_cancel(o)
    record(o, to, 'cancelled', cleared(o, { 'error', error }), { 'processed_at', NOW_SECONDS }, text)
  end
end
write_totals()
return answers
