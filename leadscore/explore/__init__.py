"""What leads look like before any model: pure functions from frames to small results, one idea a module."""
