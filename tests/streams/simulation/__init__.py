"""Random interleavings of all steps, with lost replies, dead workers and lost keys, judged by a model."""
