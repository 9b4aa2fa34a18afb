#!lua flags=allow-oom
-- Delivered orders become processing, with a fence and a deadline. Takes nothing over: asked again by the worker
-- that holds an order it answers the same, asked by another it says busy. Is a beat too.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6]  worker
-- ARGV[7]  lease in ms, where control names none
-- ARGV[8]  ms until the deadline
-- ARGV[9]  limit of attempts
--
-- Returns per order {'begun', fence, attempt, round}, or one word: busy, final, early, missing, broken, paused,
-- twice, failed.
-- This and finish are written out by hand: half of the server's time goes here.
local me, patience, limit = ARGV[6], tonumber(ARGV[8]), tonumber(ARGV[9])
local control = call('HMGET', CONTROL, 'paused', 'lease_known')
-- Not the caller's own, nor one that no beat has seen yet: with neither goes a calm, and a shorter one would take
-- back what a beat has said.
local lease = tonumber(control[2]) or tonumber(ARGV[7])
local answers, finals, ids, begins, exhausted, seen = {}, {}, {}, {}, {}, {}

if control[1] == '1' then
  for i = 8, #KEYS do answers[i - 7] = { 'paused' } end
  return answers
end

for i = 8, #KEYS do
  local key = KEYS[i]
  local h = redis.pcall('HMGET', key, 'status', 'version', 'attempt', 'round', 'fence', 'worker_id',
    'next_attempt_at', 'created_at')
  local answer
  if seen[key] then
    answer = { 'twice' }
  elseif h.err then
    answer = { 'broken' }
  elseif not h[1] then
    answer = { 'missing' }
  else
    local status, version, attempt, round, fence = h[1], tonumber(h[2]), tonumber(h[3] or 0), tonumber(h[4] or 1),
      tonumber(h[5] or 0)
    local ready = tonumber(h[7] or h[8])
    if LEGAL[status] == nil or not (version and attempt and round and fence and ready) then
      answer = { 'broken' }
    elseif status == 'processing' then
      answer = h[6] == me and { 'begun', fence, attempt, round } or { 'busy' }
    elseif not LEGAL[status] then
      answer = { 'final' }
      finals[#finals + 1] = id_of(key)
    elseif h[7] and milliseconds(ready) > NOW then
      answer = { 'early' }
    elseif attempt >= limit then
      local o = read(key)
      answer = { o.code or 'failed' }
      if not o.code then exhausted[#exhausted + 1] = o end
    else
      fence = fence + 1
      if fence < NOW then fence = NOW end
      answer = { 'begun', fence, attempt + 1, round }
      begins[#begins + 1] = { key, status, version + 1, answer, NOW - milliseconds(ready) }
      ids[#ids + 1] = id_of(key)
    end
  end
  seen[key] = true
  answers[i - 7] = answer
end

need_group()
acknowledge(finals)
call('ZADD', WORKERS, NOW + lease, me)
-- Only what came out of the retry index may be pending for somebody else.
if #ids > 0 and call('ZREM', RETRY, unpack(ids)) > 0 then
  local claim = { STREAM, GROUP, me, 0, unpack(ids) }
  claim[#claim + 1] = 'JUSTID'
  call('XCLAIM', unpack(claim))
end
for _, o in ipairs(exhausted) do die(o, 'AttemptsUsedUp') end
local deadline = string.format('%.0f', NOW + patience)
for n, begin in ipairs(begins) do
  local key, from, version, answer = begin[1], begin[2], begin[3], begin[4]
  local fence = string.format('%.0f', answer[2])
  call('HSET', key, 'status', 'processing', 'version', version, 'attempt', answer[3], 'fence', fence, 'deadline',
    deadline, 'worker_id', me, 'started_at', NOW_SECONDS)
  call('XADD', EVENTS, '*', 'type', 'order.started', 'order_id', ids[n], 'version', version, 'from', from, 'to',
    'processing', 'at', NOW_MS, 'actor', ACTOR, 'attempt', answer[3], 'fence', fence, 'deadline', deadline)
  count(from, -1)
  count(bucket('waited_', begin[5]), 1)
end
count('processing', #ids)
count('n_started', #ids)
write_totals()
return answers
