-- What the steps share: their common arguments, how an order is read, how a change is recorded,
-- and how an order is parked or ended. Goes into every script that includes it, after its first line.
--
-- KEYS[1]  stream   STREAM  accepted orders
-- KEYS[2]  events   STREAM  recorded changes
-- KEYS[3]  totals   HASH    gauges by status, counters, latency buckets
-- KEYS[4]  retry    ZSET    order id by the ms it is due
-- KEYS[5]  failed   ZSET    dead letters by the ms they failed
-- KEYS[6]  workers  ZSET    name by the ms until which it is believed alive
-- KEYS[7]  control  HASH    pause, requests, calm, turns
-- ARGV[1]  now in ms; '' is this server's clock
-- ARGV[2]  group
-- ARGV[3]  prefix of the status keys: what follows it is the order's id
-- ARGV[4]  all statuses, by commas; those that this step may take an order from with a + in front
-- ARGV[5]  actor
local STREAM, EVENTS, TOTALS, RETRY, FAILED, WORKERS, CONTROL =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local GROUP, ACTOR = ARGV[2], ARGV[5]
local WAITING = '@waiting'
local call = redis.call

local NOW = tonumber(ARGV[1])
if not NOW then
  local time = call('TIME')
  NOW = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function seconds(ms) return string.format('%.3f', ms / 1000) end
local function milliseconds(text) return math.floor(text * 1000 + 0.5) end

-- As text, once: turning a double into text costs the server more than a hash field does.
local NOW_MS, NOW_SECONDS = string.format('%.0f', NOW), seconds(NOW)

-- Nobody is judged dead: after an outage or a change of lease, and when no worker has beaten for half a lease, for what
-- waited out an outage comes before the beat that notices it.
local function is_calm()
  local moments = call('HMGET', CONTROL, 'calm_until', 'silent_from')
  return (tonumber(moments[1] or '') or 0) > NOW or (tonumber(moments[2] or '') or NOW) < NOW
end

-- nil: no status that we know. Its order is broken, not final: acknowledged it would be lost.
local LEGAL = {}
for mark, status in string.gmatch(ARGV[4], '(%+?)(%a+)') do LEGAL[status] = mark == '+' end

local ID_START = #ARGV[3] + 1
local function id_of(key) return string.sub(key, ID_START) end

-- Totals are added up and written once per call, after all else. A counter that somebody made no number begins
-- anew (the audit mends it): refusing here would leave a change without its figures, and stop every later one.
local delta = {}
local function count(name, by) delta[name] = (delta[name] or 0) + by end
local function write_totals()
  for name, by in pairs(delta) do
    if by ~= 0 and type(redis.pcall('HINCRBY', TOTALS, name, by)) == 'table' then
      redis.pcall('HSET', TOTALS, name, by)
    end
  end
end

-- Ten buckets a decade, from 1 ms to about 3 hours.
local BOUNDS = { 10, 13, 16, 20, 25, 32, 40, 50, 63, 79 }
local bucket_of = {}
local function bucket(kind, ms)
  local name = bucket_of[ms]
  if not name then
    local bound, factor, step = 1, 0.1, 1
    while bound < ms and bound < 1e7 do
      step = step + 1
      if step > 10 then step, factor = 1, factor * 10 end
      bound = math.floor(BOUNDS[step] * factor + 0.5)
    end
    name = string.format('%.0f', bound)
    bucket_of[ms] = name
  end
  return kind .. name
end

-- One order's status hash, or {code = 'missing'|'broken'}: one bad key stops only its own order.
local function read(key)
  local h = redis.pcall('HMGET', key, 'status', 'version', 'attempt', 'round', 'fence', 'worker_id', 'deadline',
    'next_attempt_at', 'cancel', 'suspect')
  if h.err then return { code = 'broken' } end
  if not h[1] then return { code = 'missing' } end
  local o = {
    key = key, id = id_of(key), status = h[1], version = tonumber(h[2]), attempt = tonumber(h[3] or 0),
    round = tonumber(h[4] or 1), fence = tonumber(h[5] or 0), worker = h[6], deadline = tonumber(h[7] or 0),
    due = tonumber(h[8] or 0), cancel = h[9], suspect = h[10] == '1',
  }
  if not (o.version and o.attempt and o.round and o.fence and o.deadline and o.due) then return { code = 'broken' } end
  if LEGAL[o.status] == nil or (o.status == 'processing' and not o.worker) then return { code = 'broken' } end
  o.due = milliseconds(o.due)
  return o
end

-- Every order of the call, read before anything is written; an id that comes again answers 'twice'.
local function read_all(first)
  local orders, seen = {}, {}
  for i = first, #KEYS do
    local key = KEYS[i]
    orders[#orders + 1] = seen[key] and { code = 'twice' } or read(key)
    seen[key] = true
  end
  return orders
end

local function append(list, more)
  for i = 1, #more do list[#list + 1] = more[i] end
end

-- Record one change: status, version, event and gauges. `both` stands in hash and event alike, so that folding
-- the events gives the hash (I6); what a fold derives from the event's time or actor is `in_hash` only, and
-- what describes the change, not the order, is `in_event` only. All are name, value, name, value.
local function record(o, to, kind, both, in_hash, in_event)
  local version = o.version + 1
  local hash = { 'status', to, 'version', version }
  local event = { 'type', 'order.' .. kind, 'order_id', o.id, 'version', version, 'from', o.status, 'to', to,
    'at', NOW_MS, 'actor', ACTOR }
  append(hash, both)
  append(hash, in_hash)
  append(event, both)
  append(event, in_event)
  call('HSET', o.key, unpack(hash))
  call('XADD', EVENTS, '*', unpack(event))
  count(o.status, -1)
  count(to, 1)
  count('n_' .. kind, 1)
end

-- An id ahead of the clock (explicit, or behind such a one) is younger than its own events. From when on and up to
-- which id that has been: whoever folds an order's events begins to look there, or they are not found (I6).
local function note_ahead(id)
  local ms = tonumber(string.match(id, '^%d+'))
  if ms <= NOW + 1000 then return end
  call('HSETNX', CONTROL, 'ids_ahead_since', NOW_MS)
  if ms > (tonumber(call('HGET', CONTROL, 'ids_ahead_until')) or 0) then
    call('HSET', CONTROL, 'ids_ahead_until', string.format('%.0f', ms))
  end
end

-- A text that may be empty, as a field of an event.
local function words(name, text)
  if text == '' then return {} end
  return { name, text }
end

-- The order itself, from ARGV[first] on, as fields of an entry or event.
local ORDER_FIELDS = { 'customer_id', 'product_id', 'quantity', 'price', 'note', 'reference' }
local function order_fields(first)
  local fields = {}
  for i, name in ipairs(ORDER_FIELDS) do append(fields, words(name, ARGV[first + i - 1])) end
  return fields
end

-- The next fence: it never goes back, not even when a failover took back the last one it was raised to (I4).
local function raised(o) return math.max(o.fence + 1, NOW) end

-- Suspicion ends with the next word about the order.
local function cleared(o, fields)
  if o.suspect then append(fields, { 'suspect', '0' }) end
  return fields
end

-- A step that parks asks for the group before it writes: failing half-way would leave the totals wrong (I7).
local function need_group() call('XPENDING', STREAM, GROUP, '-', '+', 1) end

-- Keep an unfinished order pending for nobody until it is due; false when its entry is lost.
local function park(id, due)
  local claimed = call('XCLAIM', STREAM, GROUP, WAITING, 0, id, 'FORCE', 'JUSTID')
  if #claimed == 0 then return false end
  call('ZADD', RETRY, due, id)
  return true
end

-- An order that leaves a worker's hands has no cancel to be told of any more.
local function forget_cancel(o)
  if o.cancel and o.worker then call('HDEL', CONTROL, 'cancel:' .. o.worker .. ':' .. o.id) end
end

local function acknowledge(ids)
  if #ids > 0 then call('XACK', STREAM, GROUP, unpack(ids)) end
end

-- End an order as a dead letter without an outcome of its own. `in_event`: what else the event says.
local function die(o, error, in_event)
  acknowledge({ o.id })
  call('ZREM', RETRY, o.id)
  call('ZADD', FAILED, NOW, o.id)
  record(o, 'failed', 'failed', cleared(o, { 'error', error, 'fence', raised(o) }),
    { 'processed_at', NOW_SECONDS }, in_event or {})
end

-- End an order as cancelled; `in_event` likewise.
local function drop(o, reason, in_event)
  acknowledge({ o.id })
  call('ZREM', RETRY, o.id)
  forget_cancel(o)
  record(o, 'cancelled', 'cancelled', cleared(o, { 'fence', raised(o) }),
    { 'processed_at', NOW_SECONDS }, in_event or words('reason', reason))
end
