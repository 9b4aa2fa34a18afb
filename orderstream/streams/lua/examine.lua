#!lua flags=allow-oom,no-writes
-- Look at orders from all sides at one moment, with the id of the last event at that moment: a history that is folded
-- exactly up to there must equal what is seen (I6).
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
--
-- Returns {cursor, now ms, last delivered id ('' without a group), ms until which it is calm, living workers, 1 when
-- paused, per order {read or broken, status hash, entries 0 or 1, for whom it is pending, for how many ms,
-- until when that one is believed alive, due, failed at}}; '' stands for what there is not.
local function by_name(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function last_event()
  if call('EXISTS', EVENTS) == 0 then return '0-0' end
  return by_name(call('XINFO', 'STREAM', EVENTS))['last-generated-id']
end

local function last_delivered()
  if call('EXISTS', STREAM) == 0 then return '' end
  for _, flat in ipairs(call('XINFO', 'GROUPS', STREAM)) do
    local group = by_name(flat)
    if group.name == GROUP then return group['last-delivered-id'] end
  end
  return ''
end

-- What stands in an index may be no id at all, which these commands refuse, or half of one, for which they give
-- all of its millisecond.
local function holder_of(id)
  local pending = redis.pcall('XPENDING', STREAM, GROUP, id, id, 1)
  if pending.err or #pending == 0 then return '', 0, '' end
  return pending[1][2], pending[1][3], call('ZSCORE', WORKERS, pending[1][2]) or ''
end

local function entries(id)
  local rows = redis.pcall('XRANGE', STREAM, id, id)
  return not rows.err and rows[1] and rows[1][1] == id and 1 or 0
end

local control = call('HMGET', CONTROL, 'calm_until', 'paused')
local answer = { last_event(), NOW_MS, last_delivered(), control[1] or '0',
  call('ZCOUNT', WORKERS, '(' .. NOW_MS, '+inf'), control[2] == '1' and 1 or 0 }
for i = 8, #KEYS do
  local id, hash = id_of(KEYS[i]), redis.pcall('HGETALL', KEYS[i])
  local holder, idle, alive_until = holder_of(id)
  answer[#answer + 1] = { hash.err and 'broken' or 'read', hash.err and {} or hash,
    entries(id), holder, idle, alive_until, call('ZSCORE', RETRY, id) or '', call('ZSCORE', FAILED, id) or '' }
end
return answer
