"""Follows a stream from a cursor and prints what comes, in no group: the plainest consumer there is."""
