"""`python -m ops.demo`: beside a running system, people play several loops at once, over public HTTP only."""
