"""Twilio: calls and SMS over its REST API, the documents that steer a call, and what it reports back."""
