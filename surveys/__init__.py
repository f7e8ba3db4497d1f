"""One adapter a survey platform: verify a delivery, and parse it to one `ResponseIn`."""
