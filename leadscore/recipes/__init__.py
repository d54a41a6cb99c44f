"""Published ways to score leads, each on the library's own parts, and what it takes to compare them."""
