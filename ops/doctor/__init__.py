"""Looks an installation over before anybody is called: credentials, numbers, addresses, signatures, people."""
