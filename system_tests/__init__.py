"""Both programs together, over loopback, with faults and a real browser."""
