"""E-mail through SendGrid: one POST a letter, and the events that say what became of it."""
