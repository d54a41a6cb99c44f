"""What the acceptance tests share: processes to kill, stores to copy and compare, readers, a breakable line."""
