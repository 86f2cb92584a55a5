"""seqloom."""
