"""The local provider: a process of its own that plays telephone network, SMS and mail service, and their people."""
