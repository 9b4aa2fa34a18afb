"""The part of the configuration that changes while processes run; orderstream/conf.py says what holds now."""
