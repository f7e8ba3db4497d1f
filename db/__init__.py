"""What PostgreSQL remembers: tables, queries and migrations."""
