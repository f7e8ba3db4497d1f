"""HTTP: translates requests into commands, facts and reads; decides nothing."""
