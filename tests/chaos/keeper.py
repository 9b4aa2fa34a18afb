"""`python -m tests.chaos.keeper`: runkeeper, broken where a variant says so."""

from tests.chaos.commands import run

if __name__ == "__main__":
    run("runkeeper", "keeper")
