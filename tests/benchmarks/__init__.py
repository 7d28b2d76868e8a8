"""Speed: every goal measured beside its yardsticks (``make bench``, docs/performance.md)."""
