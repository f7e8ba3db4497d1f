"""`make bench`: how fast the system is, each figure beside its baseline in the same run."""
