#!lua
-- Accept orders: entry, status, event, totals and idempotency key together. Without allow-oom: on a full server
-- it is refused as a whole, before its first write, while everything that drains goes on.
--
-- INCLUDE _prelude
-- KEYS[8..]  idempotency  HASH  each key of the call once
-- ARGV[6]  most unfinished orders there may be; 0 is no limit
-- ARGV[7]  time to live of the idempotency keys in ms; '' is for ever
-- ARGV[8]  1: place all or nothing
-- ARGV[9..]  per placement: number of its idempotency key or 0, digest, customer_id, product_id, quantity, price, note, reference
--
-- The status key of a new order is ARGV[3] with the id that XADD gives: the one key written that cannot be declared.
-- It shares the slot of the others.
-- Returns per placement {'placed', id, created_at ms}, {'replayed', id}, {'conflict', id}, {'busy', 'backlog' or 'memory'},
-- {'withheld'}.
local limit, ttl, together = tonumber(ARGV[6]), ARGV[7], ARGV[8] == '1'
local SIZE = 8
-- One moment for all: Redis 7.0 counts PEXPIRE from when it is called, and of keys that run out apart a replay in
-- between would place a part of the batch again. The server's own clock, for it is the one that lets keys run out.
local time = call('TIME')
local keys_end = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + (tonumber(ttl) or 0))

local gauges = call('HMGET', TOTALS, 'pending', 'processing', 'retrying')
local backlog = (gauges[1] or 0) + (gauges[2] or 0) + (gauges[3] or 0)
local full = call('HGET', CONTROL, 'full') == '1'
local known = {}
for i = 8, #KEYS do
  local h = redis.pcall('HMGET', KEYS[i], 'order_id', 'digest')
  -- A key of the wrong type stands for nothing that we placed: its order conflicts, the others go on.
  known[i - 7] = h.err and { '', '' } or h[1] and { h[1], h[2] } or nil
end

local answers, fresh, refused = {}, {}, false
local first_with = {} -- idempotency key -> the answer to its first placement in this call, and its digest
for a = 9, #ARGV, SIZE do
  local number, digest = tonumber(ARGV[a]), ARGV[a + 1]
  local old, first = known[number], first_with[number]
  local answer
  if old then
    answer = { old[2] == digest and 'replayed' or 'conflict', old[1] }
  elseif first then
    answer = { first.digest == digest and 'replayed' or 'conflict', '', same_as = first.answer }
  elseif full then
    answer = { 'busy', 'memory' }
  elseif limit > 0 and backlog >= limit then
    answer = { 'busy', 'backlog' }
  else
    answer = { 'placed', at = a }
    fresh[#fresh + 1] = answer
    backlog = backlog + 1
    if number > 0 then first_with[number] = { digest = digest, answer = answer } end
  end
  if answer[1] == 'busy' or answer[1] == 'conflict' then refused = true end
  answers[#answers + 1] = answer
end

local function place(answer)
  local a = answer.at
  local number, fields = tonumber(ARGV[a]), order_fields(a + 2)
  local entry = { 'status', 'pending', 'created_at', NOW_SECONDS }
  append(entry, fields)
  local id = call('XADD', STREAM, '*', unpack(entry))
  call('HSET', ARGV[3] .. id, 'status', 'pending', 'version', 1, 'created_at', NOW_SECONDS)
  call('XADD', EVENTS, '*', 'type', 'order.placed', 'order_id', id, 'version', 1, 'from', '', 'to', 'pending',
    'at', NOW_MS, 'actor', ACTOR, unpack(fields))
  if number > 0 then
    call('HSET', KEYS[7 + number], 'order_id', id, 'digest', ARGV[a + 1])
    if ttl ~= '' then call('PEXPIREAT', KEYS[7 + number], keys_end) end
  end
  answer[2], answer[3] = id, NOW
end

if together and refused then
  for _, answer in ipairs(fresh) do answer[1] = 'withheld' end
else
  for _, answer in ipairs(fresh) do place(answer) end
  -- Ids only grow, so the last one tells.
  if #fresh > 0 then note_ahead(fresh[#fresh][2]) end
  count('n_placed', #fresh)
  count('pending', #fresh)
end
for _, answer in ipairs(answers) do
  local first = answer.same_as
  if first and first[1] == 'placed' then
    answer[2] = first[2]
  elseif first and answer[1] == 'replayed' then
    answer[1], answer[2] = 'withheld', nil
  end
  if answer[1] == 'replayed' then count('n_duplicates', 1) end
end
write_totals()
return answers
