"""Mutants of what the scripts share."""

from tests.mutants.library import Mutant

_F = "_prelude"

MUTANTS = (
    Mutant(_F, "version not raised", "local version = o.version + 1", "local version = o.version"),
    Mutant(_F, "no calm", "(tonumber(moments[1] or '') or 0) > NOW", "false"),
    Mutant(_F, "an outage not seen before a beat", " or (tonumber(moments[2] or '') or NOW) < NOW", ""),
    Mutant(_F, "no event", "call('XADD', EVENTS, '*', unpack(event))", ""),
    Mutant(_F, "no status", "call('HSET', o.key, unpack(hash))", ""),
    Mutant(_F, "old gauge stays", "  count(o.status, -1)\n", ""),
    Mutant(_F, "new gauge stays", "  count(to, 1)\n", ""),
    Mutant(
        _F,
        "a counter that is no number stays so",
        "      redis.pcall('HSET', TOTALS, name, by)\n",
        "",
    ),
    Mutant(_F, "counter stays", "  count('n_' .. kind, 1)\n", ""),
    Mutant(_F, "event without the fields", "  append(event, both)\n", ""),
    Mutant(_F, "event without its own fields", "  append(event, in_event)\n", ""),
    Mutant(_F, "status without the fields", "  append(hash, both)\n", ""),
    Mutant(_F, "status without its own fields", "  append(hash, in_hash)\n", ""),
    Mutant(_F, "fence counts from the hash only", "math.max(o.fence + 1, NOW)", "o.fence + 1"),
    Mutant(_F, "fence from the clock only", "math.max(o.fence + 1, NOW)", "NOW"),
    Mutant(_F, "park without index", "  call('ZADD', RETRY, due, id)\n", ""),
    Mutant(_F, "park without FORCE", "0, id, 'FORCE', 'JUSTID')", "0, id, 'JUSTID')"),
    Mutant(_F, "park believes in lost entries", "if #claimed == 0 then return false end", ""),
    Mutant(
        _F,
        "die keeps it pending",
        "local function die(o, error, in_event)\n  acknowledge({ o.id })",
        "local function die(o, error, in_event)",
    ),
    Mutant(
        _F,
        "die leaves the retry index",
        "call('ZREM', RETRY, o.id)\n  call('ZADD', FAILED",
        "call('ZADD', FAILED",
    ),
    Mutant(_F, "die forgets the dead-letter index", "  call('ZADD', FAILED, NOW, o.id)\n", ""),
    Mutant(_F, "die keeps the fence", "{ 'error', error, 'fence', raised(o) }", "{ 'error', error }"),
    Mutant(
        _F,
        "die leaves suspicion",
        "cleared(o, { 'error', error, 'fence', raised(o) })",
        "{ 'error', error, 'fence', raised(o) }",
    ),
    Mutant(
        _F,
        "drop keeps it pending",
        "local function drop(o, reason, in_event)\n  acknowledge({ o.id })",
        "local function drop(o, reason, in_event)",
    ),
    Mutant(
        _F, "drop leaves the retry index", "call('ZREM', RETRY, o.id)\n  forget_cancel(o)", "forget_cancel(o)"
    ),
    Mutant(
        _F,
        "drop leaves the cancel",
        "call('ZREM', RETRY, o.id)\n  forget_cancel(o)",
        "call('ZREM', RETRY, o.id)",
    ),
    Mutant(_F, "drop keeps the fence", "cleared(o, { 'fence', raised(o) })", "cleared(o, {})"),
    Mutant(_F, "drop forgets the reason", "words('reason', reason))\nend", "{})\nend"),
    Mutant(_F, "empty words stand in events", "if text == '' then return {} end", ""),
    Mutant(_F, "cancels are told for ever", "if o.cancel and o.worker then call", "if false then call"),
    Mutant(_F, "a broken key stops the batch", "redis.pcall('HMGET', key", "redis.call('HMGET', key"),
    Mutant(_F, "bad number not seen", "if not (o.version and", "if not (true or o.version and"),
    Mutant(_F, "unknown status read", "LEGAL[o.status] == nil or", "false or"),
    Mutant(_F, "nobody's processing read", "and not o.worker)", "and false)"),
    Mutant(_F, "id ahead not noted", "if ms <= NOW + 1000 then return end", "if true then return end"),
    Mutant(_F, "due in seconds", "o.due = milliseconds(o.due)", ""),
    Mutant(_F, "twice not seen", "seen[key] and { code = 'twice' } or read(key)", "read(key)"),
    Mutant(_F, "suspicion never ends", "if o.suspect then append(fields", "if false then append(fields"),
    Mutant(_F, "nothing is acknowledged", "if #ids > 0 then call('XACK'", "if false then call('XACK'"),
    Mutant(_F, "totals not written", "if by ~= 0 and type", "if false and type"),
    Mutant(
        _F,
        "group not asked for",
        "local function need_group() call('XPENDING', STREAM, GROUP, '-', '+', 1) end",
        "local function need_group() end",
    ),
    Mutant(_F, "bucket one too low", "return kind .. name", "return kind .. '1'"),
    Mutant(
        _F, "bounds cut off", "math.floor(BOUNDS[step] * factor + 0.5)", "math.floor(BOUNDS[step] * factor)"
    ),
    Mutant(_F, "clock not taken from the test", "local NOW = tonumber(ARGV[1])", "local NOW = nil"),
)
