"""Mutants of the steps that move orders between workers: release, promote, sweep."""

from tests.mutants.library import Mutant

RELEASE = (
    Mutant(
        "release",
        "anybody's order",
        "if o.worker == me and (o.fence == fence or not fence) then",
        "if true then",
    ),
    Mutant("release", "fence not looked at", " and (o.fence == fence or not fence) then", " then"),
    Mutant("release", "worker not looked at", "o.worker == me and (", "("),
    Mutant("release", "a lost beginning stays with the leaver", " or not fence)", ")"),
    Mutant("release", "attempt counted", "'attempt', o.attempt - 1,", "'attempt', o.attempt,"),
    Mutant(
        "release",
        "fence stays",
        ", 'fence', raised(o) },\n        { 'next_attempt_at', NOW_SECONDS }",
        " },\n        { 'next_attempt_at', NOW_SECONDS }",
    ),
    Mutant(
        "release",
        "unbegun without entry",
        "if not park(o.id, math.max(NOW, o.due)) then",
        "if not park(o.id, math.max(NOW, o.due)) and false then",
    ),
    Mutant("promote", "broken stays in front", "NOW + lease, id_of(", "0, id_of("),
    Mutant("release", "not parked", "elseif not park(o.id, NOW) then", "elseif false then"),
    Mutant("release", "cancel forgotten", "    elseif o.cancel then", "    elseif false then"),
    Mutant(
        "release",
        "unbegun stays with the leaver",
        "if pending and pending[2] == me then answer = 'released' end",
        "",
    ),
    Mutant("release", "unbegun of anybody", "if pending and pending[2] == me then", "if pending then"),
    Mutant("release", "unbegun at once, not when due", "math.max(NOW, o.due)", "NOW - 1"),
    Mutant("release", "final stays pending", "    acknowledge({ o.id })\n", ""),
    Mutant("release", "group not asked for", "need_group()\n", ""),
)

PROMOTE = (
    Mutant("promote", "not due", "not due or due > NOW", "not due"),
    Mutant("promote", "not indexed", "not due or due > NOW", "due and due > NOW"),
    Mutant("promote", "due is too early", "due > NOW then", "due >= NOW then"),
    Mutant(
        "promote",
        "not claimed",
        "local claimed = call('XCLAIM', STREAM, GROUP, me, 0, o.id, 'FORCE')",
        "local claimed = { 1 }",
    ),
    Mutant("promote", "dead index entries stay", "    call('ZREM', RETRY, o.id)\n", ""),
    Mutant("promote", "any status", "elseif not LEGAL[o.status] then", "elseif false then"),
    Mutant("promote", "all suspects at once", "elseif o.suspect and suspects < 1 then", "elseif false then"),
    Mutant("promote", "suspects not counted", "if o.suspect then suspects = suspects - 1 end", ""),
    Mutant("promote", "index left due", "      call('ZADD', RETRY, NOW + lease, o.id)\n", ""),
    Mutant(
        "promote",
        "taken out of the index",
        "call('ZADD', RETRY, NOW + lease, o.id)",
        "call('ZREM', RETRY, o.id)",
    ),
    Mutant("promote", "lost entry ignored", "      die(o, 'EntryLost')\n", ""),
    Mutant("promote", "paused", "control[1] == '1'", "false"),
    Mutant("promote", "lease of all not heard", "tonumber(control[2]) or ", ""),
    Mutant("promote", "more than wanted", "elseif free < 1 then", "elseif false then"),
    Mutant(
        "promote",
        "broken not told",
        "elseif o.code then\n    answer = o.code",
        "elseif o.code then\n    answer = 'early'",
    ),
)

SWEEP = (
    Mutant("sweep", "calm not for processing", "if calm then return 'calm' end", ""),
    Mutant("sweep", "calm not for waiting", "return calm and 'calm' or 'parked'", "return 'parked'"),
    Mutant("sweep", "takes from the living", "if not is_alive(o.worker) then return", "if true then return"),
    Mutant("sweep", "deadline ignored", "if o.deadline <= NOW then return 'swept', 'DeadlinePassed' end", ""),
    Mutant(
        "sweep", "dead never noticed", "if not is_alive(o.worker) then return 'swept', 'WorkerLost' end", ""
    ),
    Mutant("sweep", "lease ends too late", "tonumber(until_ms) > NOW", "tonumber(until_ms) > NOW - 5000"),
    Mutant("sweep", "no limit of attempts", "elseif o.attempt >= limit then", "elseif false then"),
    Mutant(
        "sweep", "limit one too low", "elseif o.attempt >= limit then", "elseif o.attempt >= limit - 1 then"
    ),
    Mutant("sweep", "fence stays", "{ 'error', error, 'fence', raised(o) }", "{ 'error', error }"),
    Mutant("sweep", "no suspicion", "o.attempt >= limit - 1 and { 'suspect', '1' }", "false and {}"),
    Mutant(
        "sweep",
        "suspicion at once",
        "o.attempt >= limit - 1 and { 'suspect', '1' }",
        "true and { 'suspect', '1' }",
    ),
    Mutant("sweep", "no back-off", "not park(o.id, NOW + backoff)", "not park(o.id, NOW)"),
    Mutant(
        "sweep",
        "swept, not parked",
        "  elseif not park(o.id, NOW + backoff) then\n    die(o, 'EntryLost', from)\n",
        "",
    ),
    Mutant("sweep", "from whom is not said", "local from = { 'swept', o.worker }", "local from = {}"),
    Mutant("sweep", "a cancel does not say from whom", "drop(o, '', from)", "drop(o, '')"),
    Mutant("sweep", "a dead letter does not say from whom", "die(o, error, from)", "die(o, error)"),
    Mutant(
        "sweep", "a lost entry does not say from whom", "die(o, 'EntryLost', from)", "die(o, 'EntryLost')"
    ),
    Mutant("sweep", "swept not counted", "  count('n_swept', 1)\n", ""),
    Mutant("sweep", "index not mended", "    call('ZADD', RETRY, math.max(o.due, NOW), o.id)\n", ""),
    Mutant(
        "sweep",
        "mended to now, not to its time",
        "call('ZADD', RETRY, math.max(o.due, NOW), o.id)",
        "call('ZADD', RETRY, NOW - 1, o.id)",
    ),
    Mutant(
        "sweep",
        "parked to now, not to its time",
        "if not park(o.id, math.max(o.due, NOW)) then",
        "if not park(o.id, NOW) then",
    ),
    Mutant("sweep", "index never looked at", "call('ZSCORE', RETRY, o.id) and 'fine' or 'indexed'", "'fine'"),
    Mutant("sweep", "lost replies stay with the living", " and pending[3] < bound then", " then"),
    Mutant(
        "sweep",
        "takes unbegun from the living at once",
        "if is_alive(pending[2]) and pending[3] < bound then return 'held' end",
        "",
    ),
    Mutant("sweep", "unbegun of the dead stays", "return calm and 'calm' or 'parked'", "return 'held'"),
    Mutant(
        "sweep", "undelivered taken", "is_delivered(o.id, last) and 'parked' or 'undelivered'", "'parked'"
    ),
    Mutant(
        "sweep", "delivered left", "is_delivered(o.id, last) and 'parked' or 'undelivered'", "'undelivered'"
    ),
    Mutant(
        "sweep",
        "the last delivered left",
        "return tonumber(sequence) <= tonumber(last_sequence)",
        "return tonumber(sequence) < tonumber(last_sequence)",
    ),
    Mutant(
        "sweep",
        "ids compared as text",
        "return tonumber(sequence) <= tonumber(last_sequence)",
        "return sequence <= last_sequence",
    ),
    Mutant(
        "sweep",
        "milliseconds compared as text",
        "return tonumber(ms) < tonumber(last_ms)",
        "return ms < last_ms",
    ),
    Mutant("sweep", "final stays pending", "  acknowledge({ o.id })\n", ""),
    Mutant("sweep", "final stays indexed", "  call('ZREM', RETRY, o.id)\n", ""),
    Mutant(
        "sweep",
        "owner not put back",
        "    call('XCLAIM', STREAM, GROUP, o.worker, 0, o.id, 'FORCE', 'JUSTID')\n",
        "",
    ),
    Mutant(
        "sweep",
        "owner put back without FORCE",
        "o.worker, 0, o.id, 'FORCE', 'JUSTID'",
        "o.worker, 0, o.id, 'JUSTID'",
    ),
    Mutant(
        "sweep",
        "dead-letter index not mended",
        "if o.status == 'failed' and not failed_at then",
        "if false then",
    ),
    Mutant(
        "sweep",
        "dead letters get younger",
        "if o.status == 'failed' and not failed_at then",
        "if o.status == 'failed' then",
    ),
    Mutant("sweep", "cancel forgotten", "  if o.cancel then\n", "  if false then\n"),
    Mutant(
        "sweep",
        "lost entry kept",
        "      die(o, 'EntryLost')\n      answers[n] = 'lost'",
        "      answers[n] = 'lost'",
    ),
)

MUTANTS = (*RELEASE, *PROMOTE, *SWEEP)
