"""Numbers to pictures. Nothing here decides anything: the same numbers stand in the run folder as text."""
