"""Orders out of a file, or made up, into the stream: in batches, in bounded memory, no line twice."""
