"""Looks at the Redis server as the application would use it, and says what is wrong and what to do."""
