"""Alerts to staff by the ways that reach them, and our outgoing webhooks."""

import logging

# At INFO the client logs every URL: Slack's is a secret, and one of a webhook may hold one.
logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)
