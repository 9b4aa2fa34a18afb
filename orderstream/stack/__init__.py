"""The local stack: everything that `make run` starts on one machine, and nothing that an order depends on."""
