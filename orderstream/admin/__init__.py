"""The settings pages under /admin/: what managers change, and what they read of what others changed."""
