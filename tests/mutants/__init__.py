"""Breaks one line of a script at a time; the tests of the streams must notice each."""
