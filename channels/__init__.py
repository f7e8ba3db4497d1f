"""The outside world behind small protocols: voice, SMS, mail and staff alerts."""
