"""Runs the kit against variants of the product that are broken on purpose; it must catch every one."""
