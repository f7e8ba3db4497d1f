"""The advisory locks of PostgreSQL, each number in one place."""

TIMELINE = 7
"""Of whoever writes the timeline, so that its rows are numbered as they become visible; taken by a trigger."""
PICKING = 8
"""Of picking the next case."""
NUMBERS = 0x63_74_6C
"""First half of the locks on single telephone numbers; the second is the number's hash."""
MIGRATION = 4_207_001
"""Of migrating: one at a time."""
