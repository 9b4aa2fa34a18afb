#!lua flags=allow-oom
-- Entries that somebody wrote straight into the stream: an order becomes pending, what is no order becomes a dead
-- letter with the reason, and a pending id without an entry is acknowledged. Only where no status hash is.
--
-- INCLUDE _prelude
-- KEYS[8..]  status  HASH  one for each order
-- ARGV[6..]  per order: kind (order refused gone), error code, text, customer_id, product_id, quantity, price, note, reference
--
-- Returns per order: adopted, refused, gone, exists.
local SIZE = 9
local answers = {}
for i = 8, #KEYS do answers[i - 7] = call('EXISTS', KEYS[i]) == 1 and 'exists' or 'new' end

local function write_first(key, to, hash, event)
  note_ahead(id_of(key))
  call('HSET', key, 'status', to, 'version', 1, 'created_at', NOW_SECONDS, unpack(hash))
  call('XADD', EVENTS, '*', 'type', 'order.adopted', 'order_id', id_of(key), 'version', 1, 'from', '', 'to', to,
    'at', NOW_MS, 'actor', ACTOR, unpack(event))
  count('n_adopted', 1)
  count(to, 1)
end

for i = 8, #KEYS do
  local key, a = KEYS[i], 6 + (i - 8) * SIZE
  local kind, error = ARGV[a], ARGV[a + 1]
  if answers[i - 7] == 'new' then
    if kind == 'order' then
      write_first(key, 'pending', {}, order_fields(a + 3))
      answers[i - 7] = 'adopted'
    else
      acknowledge({ id_of(key) })
      call('ZREM', RETRY, id_of(key))
      if kind == 'refused' then
        call('ZADD', FAILED, NOW, id_of(key))
        write_first(key, 'failed', { 'error', error, 'processed_at', NOW_SECONDS },
          { 'error', error, 'text', ARGV[a + 2] })
      end
      answers[i - 7] = kind
    end
  end
end
write_totals()
return answers
