"""Everything that is stored in Redis: the only importer of redis-py, one module per use."""
