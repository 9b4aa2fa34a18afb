"""The audit as a command tells it: words, progress, and the run itself."""
