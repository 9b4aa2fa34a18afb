"""What placing and processing cost, beside a bare client that sends the same commands, and beside huey."""
