"""Mutants of the script that counts what somebody may do."""

from tests.mutants.library import Mutant

_F = "limit"

MUTANTS = (
    Mutant(_F, "the server's clock in seconds", "time[1] * 1e6 + time[2]", "time[1]"),
    Mutant(_F, "nothing is refused", "if refused > 0 then return", "if false then return"),
    Mutant(_F, "one unit short", "- size * every - now", "- (size - 1) * every - now"),
    Mutant(_F, "one unit more", "- size * every - now", "- (size + 1) * every - now"),
    Mutant(_F, "a batch counts once", "now + empty_for + wanted * every", "now + empty_for + every"),
    Mutant(_F, "what was taken is forgotten", "now + empty_for + wanted * every", "now + wanted * every"),
    Mutant(_F, "saved up for ever", "empty_for > 0 and empty_for <=", "empty_for <="),
    Mutant(
        _F, "a clock that went back counts", " and empty_for <= math.max(size, largest) * every + 1)", ")"
    ),
    Mutant(_F, "debts are no debts", "math.max(size, largest) * every + 1)", "size * every + 1)"),
    Mutant(_F, "full buckets are no debts", "math.max(size, largest) * every + 1)", "largest * every + 1)"),
    Mutant(_F, "a rounded debt is none", " * every + 1) then", " * every) then"),
    Mutant(_F, "no number stops nobody", "(tonumber(stored) or 0) - now", "tonumber(stored) - now"),
    Mutant(_F, "a wrong type stops the call", "redis.pcall('GET'", "redis.call('GET'"),
    Mutant(_F, "the last refusal is told", "if too_early > wait then", "if too_early > 0 then"),
    Mutant(
        _F, "the first refusal is told", "if too_early > wait then", "if too_early > 0 and refused == 0 then"
    ),
    Mutant(_F, "waits in microseconds", "math.ceil(wait / 1000)", "math.ceil(wait)"),
    Mutant(_F, "a wait ends too early", "math.ceil(wait / 1000)", "math.floor(wait / 1000)"),
    Mutant(_F, "lives for ever", ", 'PX', math.ceil((full_at[i] - now) / 1000))", ")"),
    Mutant(_F, "dies at once", "'PX', math.ceil((full_at[i] - now) / 1000)", "'PX', 1"),
    Mutant(_F, "lives too long", "math.ceil((full_at[i] - now) / 1000)", "math.ceil(full_at[i] - now)"),
    Mutant(
        _F,
        "only the first is counted",
        "for i = 1, #KEYS do\n  redis.call('SET'",
        "for i = 1, 1 do\n  redis.call('SET'",
    ),
    Mutant(_F, "the count of one stands for all", "tonumber(ARGV[3 * i + 2])", "tonumber(ARGV[5])"),
    Mutant(_F, "the rate of one stands for all", "tonumber(ARGV[3 * i]),", "tonumber(ARGV[3]),"),
    Mutant(_F, "the size of one stands for all", "tonumber(ARGV[3 * i + 1])", "tonumber(ARGV[4])"),
)
