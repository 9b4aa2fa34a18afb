#!lua flags=allow-oom
-- Make the two indexes say of orders what their statuses say, and clear them of what no order stands behind. It is no
-- change of an order: no event, no totals.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
--
-- Returns per order: repaired, fine, missing (of an entry; whoever repairs it gives it a status first), broken, twice.
local orders, answers = read_all(8), {}
local retries, letters, ended = {}, {}, {}

for n, o in ipairs(orders) do
  local id = id_of(KEYS[7 + n])
  local entry, pending = redis.pcall('XRANGE', STREAM, id, id), redis.pcall('XPENDING', STREAM, GROUP, id, id, 1)
  local is_parked = not pending.err and #pending > 0 and pending[1][2] == WAITING
  retries[n], letters[n] = call('ZSCORE', RETRY, id), call('ZSCORE', FAILED, id)
  answers[n] = o.code
  -- Half an id gives the entries of its millisecond.
  if o.code == 'missing' and (entry.err or not entry[1] or entry[1][1] ~= id) then
    answers[n] = 'gone'
  elseif not o.code then
    o.waits = o.status == 'retrying' or o.status == 'pending' and is_parked
    ended[n] = tonumber(call('HGET', o.key, 'processed_at') or '')
  end
end

for n, o in ipairs(orders) do
  local id, is_repaired = id_of(KEYS[7 + n]), false
  local function drop_from(index, score)
    if score then is_repaired = call('ZREM', index, id) == 1 or is_repaired end
  end
  if answers[n] == 'gone' then
    drop_from(RETRY, retries[n])
    drop_from(FAILED, letters[n])
  elseif not o.code then
    if o.waits and not retries[n] then
      is_repaired = call('ZADD', RETRY, math.max(o.due, NOW), id) == 1
    elseif o.status ~= 'retrying' and o.status ~= 'pending' then
      drop_from(RETRY, retries[n])
    end
    if o.status == 'failed' and not letters[n] then
      is_repaired = call('ZADD', FAILED, ended[n] and milliseconds(ended[n]) or NOW, id) == 1
    elseif o.status ~= 'failed' then
      drop_from(FAILED, letters[n])
    end
  end
  if not o.code or answers[n] == 'gone' then answers[n] = is_repaired and 'repaired' or 'fine' end
end
return answers
