#!lua flags=allow-oom
-- Take from several limits at once, or from none: each is a bucket that fills up again at its rate (GCRA). Of orders
-- it knows nothing, so it does without the prelude.
--
-- KEYS[1..]  limits  STRING  the moment in µs at which the bucket is full again; dies then
-- ARGV[1]  now in µs; '' is this server's clock
-- ARGV[2]  the largest amount that is ever wanted at once
-- ARGV[3..]  per limit: µs in which one unit comes back, units that may be taken at once, units wanted
--
-- Who wants more than the rate gives at once has that larger amount for the second, and is in debt afterwards.
-- Returns {0, 0} when all gave, else {number of the limit that refused and asks for the longest wait, ms to wait}.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1e6 + time[2]
end
local largest = tonumber(ARGV[2])

local full_at, refused, wait = {}, 0, 0
for i = 1, #KEYS do
  local every, size, wanted = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  local stored = redis.pcall('GET', KEYS[i])
  -- What is no moment of ours limits nobody, nor what lies beyond the largest debt: the clock has gone back since.
  -- A moment is stored in whole µs, so that it may lie one beyond.
  local empty_for = type(stored) == 'string' and (tonumber(stored) or 0) - now or 0
  if not (empty_for > 0 and empty_for <= math.max(size, largest) * every + 1) then empty_for = 0 end
  full_at[i] = now + empty_for + wanted * every
  local too_early = full_at[i] - size * every - now
  if too_early > wait then refused, wait = i, too_early end
end
if refused > 0 then return { refused, math.ceil(wait / 1000) } end

for i = 1, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now) / 1000))
end
return { 0, 0 }
