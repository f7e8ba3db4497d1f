"""The rules of the house: pure, with no I/O, no clock and no chance."""
