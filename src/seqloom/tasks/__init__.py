"""One file, one task: its families, how rows become arrays, and what is measured. Read top to bottom."""
