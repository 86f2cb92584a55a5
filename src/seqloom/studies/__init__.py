"""Many fits of one task: repeated, compared, and told honestly."""
