"""The chaos run: real processes, a seeded schedule of faults, a history of every call, and a judge."""
