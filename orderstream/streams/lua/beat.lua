#!lua flags=allow-oom
-- A worker says that it lives and hears what is asked of it. Notices an outage: when nobody beat for half a lease,
-- or the clock went back, nobody is judged dead for a lease. Gives the turn to sweep to one worker per interval.
-- A lease that control names counts for every worker from the same beat on. What was believed until then was by another
-- one, so a change of it is followed by the same calm as an outage.
--
-- INCLUDE _prelude
-- KEYS[8]  worker  HASH  for display, dies one lease after the last beat
-- ARGV[6]  worker
-- ARGV[7]  lease in ms, where control names none
-- ARGV[8]  sweep interval in ms
-- ARGV[9..]  per pair: field, value
--
-- Returns {paused, asked (pause drain stop), concurrency, config_version, turn, lease in ms, orders whose cancel was
-- asked...}.
local me, every = ARGV[6], tonumber(ARGV[8])
local control, cancels = {}, {}
local flat = call('HGETALL', CONTROL)
local mine = 'cancel:' .. me .. ':'
for i = 1, #flat, 2 do
  control[flat[i]] = flat[i + 1]
  if string.sub(flat[i], 1, #mine) == mine then cancels[#cancels + 1] = string.sub(flat[i], #mine + 1) end
end
local beat_at, calm_until, sweep_at =
  tonumber(control.beat_at) or 0, tonumber(control.calm_until) or 0, tonumber(control.sweep_at) or 0
local lease = tonumber(control.lease_ms) or tonumber(ARGV[7])
local is_changed = (control.lease_ms or '') ~= (control.lease_known or '')

if is_changed then
  call('HSET', CONTROL, 'lease_known', control.lease_ms or '')
  -- Whoever died under a longer one would be believed alive for as long as that. The living beat before the calm ends.
  for _, name in ipairs(call('ZRANGEBYSCORE', WORKERS, string.format('(%.0f', NOW + lease), '+inf')) do
    call('ZADD', WORKERS, NOW + lease, name)
  end
end
if is_changed or NOW - beat_at > lease / 2 or NOW < beat_at or calm_until > NOW + lease then
  call('HSET', CONTROL, 'calm_until', NOW + lease)
end
call('HSET', CONTROL, 'beat_at', NOW, 'silent_from', NOW + lease / 2)
local turn = '0'
if NOW - sweep_at >= every or NOW < sweep_at then
  call('HSET', CONTROL, 'sweep_at', NOW)
  turn = '1'
end
call('ZADD', WORKERS, NOW + lease, me)
call('HSET', KEYS[8], 'beat_at', NOW, unpack(ARGV, 9))
call('PEXPIRE', KEYS[8], lease)
return { control.paused or '0', control['asked:' .. me] or '', control['concurrency:' .. me] or '',
  control.config_version or '0', turn, lease, unpack(cancels) }
