"""Mutants of what the audit looks with and repairs with."""

from tests.mutants.library import Mutant

LOOKING = (
    Mutant("examine", "moment at the beginning", "['last-generated-id']", "['nothing'] or '0-0'"),
    Mutant("examine", "fails without events", "if call('EXISTS', EVENTS) == 0 then return '0-0' end\n", ""),
    Mutant("examine", "fails without a stream", "if call('EXISTS', STREAM) == 0 then return '' end\n", ""),
    Mutant("examine", "any group", "if group.name == GROUP then", "if true then"),
    Mutant("examine", "nothing delivered", "return group['last-delivered-id']", "return '0-0'"),
    Mutant("examine", "stops at what is no id", "redis.pcall('XPENDING'", "redis.call('XPENDING'"),
    Mutant("examine", "stops at what has no entry id", "redis.pcall('XRANGE'", "redis.call('XRANGE'"),
    Mutant(
        "examine", "stops at what is no hash", "redis.pcall('HGETALL', KEYS[i])", "call('HGETALL', KEYS[i])"
    ),
    Mutant("examine", "nobody holds anything", "return pending[1][2], pending[1][3],", "return '', 0,"),
    Mutant("examine", "holders are dead", "call('ZSCORE', WORKERS, pending[1][2]) or ''", "''"),
    Mutant("examine", "the dead are counted", "'(' .. NOW_MS, '+inf'", "'-inf', '+inf'"),
    Mutant("examine", "never paused", "control[2] == '1' and 1 or 0", "0"),
    Mutant("examine", "never calm", "control[1] or '0'", "'0'"),
    Mutant(
        "examine", "every entry is there", "not rows.err and rows[1] and rows[1][1] == id and 1 or 0", "1"
    ),
    Mutant("examine", "half an id is an entry", "and rows[1][1] == id ", ""),
    Mutant(
        "examine",
        "due taken from dead letters",
        "call('ZSCORE', RETRY, id) or ''",
        "call('ZSCORE', FAILED, id) or ''",
    ),
    Mutant("examine", "no dead letters", "call('ZSCORE', FAILED, id) or ''", "''"),
)

REPAIRING = (
    Mutant(
        "repair",
        "an order without a status leaves",
        "and (entry.err or not entry[1] or entry[1][1] ~= id) then",
        "then",
    ),
    Mutant("repair", "half an id is an entry", " or entry[1][1] ~= id", ""),
    Mutant("repair", "what is no id stays", "(entry.err or not entry[1]", "(not entry.err and not entry[1]"),
    Mutant("repair", "only retries wait", "or o.status == 'pending' and is_parked", ""),
    Mutant(
        "repair", "all that is pending waits", "o.status == 'pending' and is_parked", "o.status == 'pending'"
    ),
    Mutant("repair", "a due time is set anew", "if o.waits and not retries[n] then", "if o.waits then"),
    Mutant("repair", "due at once", "math.max(o.due, NOW), id)", "NOW, id)"),
    Mutant("repair", "due in the past", "math.max(o.due, NOW), id)", "o.due, id)"),
    Mutant(
        "repair", "retries of the ended stay", "      drop_from(RETRY, retries[n])\n    end\n", "    end\n"
    ),
    Mutant("repair", "dead letters fail now", "ended[n] and milliseconds(ended[n]) or NOW", "NOW"),
    Mutant(
        "repair", "dead letters stay lost", "if o.status == 'failed' and not letters[n] then", "if false then"
    ),
    Mutant("repair", "surplus letters stay", "      drop_from(FAILED, letters[n])\n    end\n", "    end\n"),
    Mutant(
        "repair",
        "nothing leaves",
        "if score then is_repaired = call('ZREM', index, id) == 1 or is_repaired end",
        "",
    ),
    Mutant("repair", "always said to be repaired", "is_repaired and 'repaired' or 'fine'", "'repaired'"),
    Mutant(
        "repair_totals",
        "as often as asked",
        "~= ARGV[6] then return 'late' end",
        "== '?' then return 'late' end",
    ),
    Mutant("repair_totals", "no mark", "call('HSET', CONTROL, 'totals_repaired', ARGV[7])\n", ""),
    Mutant("repair_totals", "in another log", "if ARGV[8] ~= '0-0' and", "if false and"),
    Mutant("repair_totals", "nothing written", "write_totals()\n", ""),
    Mutant("repair_totals", "only the first", "for a = 9, #ARGV, 2 do", "for a = 9, 9 do"),
)

MUTANTS = (*LOOKING, *REPAIRING)
