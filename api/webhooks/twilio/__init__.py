"""What Twilio asks and reports: each request is signed, and answered from the rows at once."""
