"""Financial services on top of what was sent. No service knows another."""
