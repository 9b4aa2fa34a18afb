"""The housekeeping of the whole: one elected process, once a second, in a list of duties."""
