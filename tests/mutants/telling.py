"""Mutants of the steps that tell, ask and repair: beat, retire, operators' moves, repairs, leases."""

from tests.mutants.library import Mutant

BEAT = (
    Mutant("beat", "never calm", "  call('HSET', CONTROL, 'calm_until', NOW + lease)\n", ""),
    Mutant("beat", "always calm", "NOW - beat_at > lease / 2 or", "true or"),
    Mutant("beat", "calm after a whole lease only", "lease / 2 or", "lease or"),
    Mutant("beat", "clock going back not seen", " or NOW < beat_at or", " or"),
    Mutant("beat", "calm from the future stays", " or calm_until > NOW + lease then", " then"),
    Mutant("beat", "beat not kept", "'beat_at', NOW, 'silent_from'", "'silent_from'"),
    Mutant("beat", "from when there is silence not kept", ", 'silent_from', NOW + lease / 2", ""),
    Mutant("beat", "not alive", "call('ZADD', WORKERS, NOW + lease, me)\n", ""),
    Mutant("beat", "everybody sweeps", "  call('HSET', CONTROL, 'sweep_at', NOW)\n", ""),
    Mutant("beat", "nobody sweeps", "  turn = '1'\n", ""),
    Mutant(
        "beat",
        "sweeps stop after a clock in the future",
        "NOW - sweep_at >= every or NOW < sweep_at",
        "NOW - sweep_at >= every",
    ),
    Mutant("beat", "lease of all not heard", "tonumber(control.lease_ms) or ", ""),
    Mutant(
        "beat", "the dead live on by a longer lease", "    call('ZADD', WORKERS, NOW + lease, name)\n", ""
    ),
    Mutant("beat", "no calm after another lease", "if is_changed or NOW", "if NOW"),
    Mutant(
        "beat",
        "calm for as long as a lease was ever changed",
        "  call('HSET', CONTROL, 'lease_known', control.lease_ms or '')\n",
        "",
    ),
    Mutant("beat", "shown for ever", "call('PEXPIRE', KEYS[8], lease)\n", ""),
    Mutant(
        "beat",
        "others' cancels told",
        "if string.sub(flat[i], 1, #mine) == mine then",
        "if string.sub(flat[i], 1, 7) == 'cancel:' then",
    ),
    Mutant("beat", "what is asked not told", "control['asked:' .. me] or ''", "''"),
    Mutant("beat", "concurrency not told", "control['concurrency:' .. me] or ''", "''"),
    Mutant("beat", "pause not told", "control.paused or '0'", "'0'"),
    Mutant("beat", "details not kept", ", unpack(ARGV, 9))", ")"),
)

RETIRE = (
    Mutant(
        "retire",
        "with pending entries",
        "if #call('XPENDING', STREAM, GROUP, '-', '+', 1, me) > 0 then return 'pending' end",
        "",
    ),
    Mutant("retire", "the living too", "if ARGV[7] ~= '' then", "if false then"),
    Mutant("retire", "only the dead", "if ARGV[7] ~= '' then", "if true then"),
    Mutant("retire", "in a calm too", "ARGV[7] == 'judged' and is_calm()", "false"),
    Mutant("retire", "not by an operator in a calm", "ARGV[7] == 'judged' and is_calm()", "is_calm()"),
    Mutant("retire", "consumer stays", "call('XGROUP', 'DELCONSUMER', STREAM, GROUP, me)\n", ""),
    Mutant("retire", "name stays", "call('ZREM', WORKERS, me)\n", ""),
    Mutant("retire", "details stay", "call('DEL', KEYS[8])\n", ""),
    Mutant(
        "retire",
        "requests stay",
        "call('HDEL', CONTROL, 'asked:' .. me, 'concurrency:' .. me)\n",
        "",
    ),
)

ASKING = (
    Mutant(
        "ask",
        "of the unknown",
        "if not alive_until then return 'unknown' end\n",
        "alive_until = alive_until or 9e15\n",
    ),
    Mutant("ask", "of the lost", "if tonumber(alive_until) <= NOW then return 'lost' end\n", ""),
    Mutant("ask", "lost a moment later", "tonumber(alive_until) <= NOW", "tonumber(alive_until) < NOW"),
    Mutant("ask", "a stop withdrawn", "call('HGET', CONTROL, field) == 'stop'", "false"),
    Mutant("ask", "a stop only once", "value ~= 'stop' and ", ""),
    Mutant("ask", "nothing asked", "  call('HSET', CONTROL, field, value)\n", ""),
    Mutant("ask", "nothing withdrawn", "  call('HDEL', CONTROL, field)\n", ""),
    Mutant("ask", "refused when memory is full", "#!lua flags=allow-oom\n", "#!lua\n"),
)

OPERATING = (
    Mutant(
        "cancel",
        "failed too",
        "elseif LEGAL[o.status] then",
        "elseif LEGAL[o.status] or o.status == 'failed' then",
    ),
    Mutant(
        "cancel",
        "processing at once",
        "elseif LEGAL[o.status] then",
        "elseif LEGAL[o.status] or o.status == 'processing' then",
    ),
    Mutant("cancel", "asked again and again", "    if not o.cancel then\n", "    if true then\n"),
    Mutant(
        "cancel",
        "worker not told",
        "      call('HSET', CONTROL, 'cancel:' .. o.worker .. ':' .. o.id, 1)\n",
        "",
    ),
    Mutant("cancel", "who asked is forgotten", "{ 'cancel', ACTOR }", "{}"),
    Mutant("cancel", "reason forgotten", "drop(o, ARGV[6])", "drop(o, '')"),
    Mutant("requeue", "any status", "elseif not LEGAL[o.status] then", "elseif false then"),
    Mutant(
        "requeue",
        "entry gone, taken all the same",
        "elseif not park(o.id, NOW) then",
        "elseif not park(o.id, NOW) and false then",
    ),
    Mutant(
        "requeue",
        "not due at once",
        "elseif not park(o.id, NOW) then",
        "elseif not park(o.id, NOW + 1000) then",
    ),
    Mutant("requeue", "attempts stay", "'attempt', 0,", "'attempt', o.attempt,"),
    Mutant("requeue", "round stays", "'round', o.round + 1,", "'round', o.round,"),
    Mutant("requeue", "stays a dead letter", "    call('ZREM', FAILED, o.id)\n", ""),
    Mutant("requeue", "fence stays", "'attempt', 0, 'fence', raised(o) }", "'attempt', 0 }"),
    Mutant("requeue", "reason forgotten", "words('reason', ARGV[6])", "{}"),
    Mutant("discard", "any status", "elseif not LEGAL[o.status] then", "elseif false then"),
    Mutant("discard", "stays a dead letter", "    call('ZREM', FAILED, o.id)\n", ""),
    Mutant("discard", "reason forgotten", "drop(o, ARGV[6])", "drop(o, '')"),
)

NOTING = (
    Mutant("note", "the words are lost", "{ 'text', ARGV[6] }", "{}"),
    Mutant("note", "said to be nothing", "'noted', {}", "'cancelled', {}"),
    Mutant("note", "moves the order", "record(o, o.status,", "record(o, 'pending',"),
    Mutant("note", "an older version told", "{ 'noted', o.version + 1 }", "{ 'noted', o.version }"),
    Mutant("note", "broken orders too", "  if not o.code then\n", "  if true then\n"),
    Mutant("note", "totals not written", "write_totals()\n", ""),
    Mutant("note", "refused when memory is full", "#!lua flags=allow-oom\n", "#!lua\n"),
)

REPAIRING = (
    Mutant("snapshot", "cursor at the beginning", "cursor = about[i + 1]", "cursor = '0-0'"),
    Mutant(
        "snapshot", "fails where there are no events", "if call('EXISTS', EVENTS) == 1 then", "if true then"
    ),
    Mutant("restore", "over what is there", "if call('EXISTS', KEYS[8]) == 1 then return 'exists' end\n", ""),
    Mutant("adopt", "over what is there", "call('EXISTS', KEYS[i]) == 1 and 'exists' or 'new'", "'new'"),
    Mutant("adopt", "order not counted", "  count('n_adopted', 1)\n", ""),
    Mutant("adopt", "gauge not moved", "  count(to, 1)\n", ""),
    Mutant("adopt", "rubbish stays pending", "      acknowledge({ id_of(key) })\n", ""),
    Mutant("adopt", "rubbish is no dead letter", "        call('ZADD', FAILED, NOW, id_of(key))\n", ""),
    Mutant("adopt", "gone is recorded", "if kind == 'refused' then", "if true then"),
    Mutant("adopt", "event without the order", "unpack(event))", "'x', 'y')"),
    Mutant("find_events", "only one page", "local more = #page == tonumber(ARGV[7])", "local more = false"),
    Mutant("find_events", "pages overlap", "'(' .. page[#page][1]", "page[#page][1]"),
    Mutant("find_events", "everybody's", "if wanted[row[2][4]] then", "if true then"),
    Mutant("count_entries", "only one page", "local more = #page == tonumber(ARGV[8])", "local more = false"),
    Mutant("count_entries", "pages overlap", "'(' .. page[#page][1]", "page[#page][1]"),
    Mutant("count_entries", "beyond the end", "ARGV[6], ARGV[7],", "ARGV[6], '+',"),
    Mutant("list_entries", "refused when memory is full", "#!lua flags=allow-oom,no-writes\n", "#!lua\n"),
    Mutant("list_entries", "all at once", "local AT_ONCE, BYTES = 10,", "local AT_ONCE, BYTES = 500,"),
    Mutant("list_entries", "never short", " or bytes >= BYTES", ""),
    Mutant("list_entries", "only the first", "until start == '' or #ids == most or", "until true or"),
    Mutant("list_entries", "more than asked for", "math.min(AT_ONCE, most - #ids)", "AT_ONCE"),
    Mutant("list_entries", "pages overlap", "and '(' .. ids[#ids] or ''", "and ids[#ids] or ''"),
    Mutant("list_entries", "looks behind the last id", " and ids[#ids] ~= LAST", ""),
    Mutant("list_entries", "stops at what is no hash", "redis.pcall('HGET'", "redis.call('HGET'"),
    Mutant("list_entries", "no status", "type(status) == 'string' and status or ''", "''"),
)

LEASES = (
    Mutant("hold_lease", "taken from another", "if holder and name ~= ARGV[6] then return 0 end\n", ""),
    Mutant("hold_lease", "new fence at each beat", "if not holder then fence", "if true then fence"),
    Mutant("hold_lease", "for ever", ", 'PX', ARGV[7])", ")"),
    Mutant("give_back_lease", "another's too", "if name ~= ARGV[6] then return 0 end\n", ""),
    Mutant("give_back_lease", "not given back", "return call('DEL', KEYS[8])", "return 1"),
)

KEEPING = (
    Mutant("write_fields", "refused when memory is full", "#!lua flags=allow-oom\n", "#!lua\n"),
    Mutant("write_fields", "only the first", "unpack(ARGV, 6)", "unpack(ARGV, 6, 7)"),
    Mutant("write_fields", "elsewhere", "KEYS[8], unpack", "CONTROL, unpack"),
    Mutant("add_sample", "refused when memory is full", "#!lua flags=allow-oom\n", "#!lua\n"),
    Mutant("add_sample", "only the first", "unpack(ARGV, 6)", "unpack(ARGV, 6, 7)"),
    Mutant("add_sample", "elsewhere", "KEYS[8], '*'", "EVENTS, '*'"),
)

MUTANTS = (*BEAT, *RETIRE, *ASKING, *OPERATING, *NOTING, *REPAIRING, *LEASES, *KEEPING)
