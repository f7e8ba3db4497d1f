"""What other systems send us: verified over its raw bytes, stored in one transaction, answered at once."""
