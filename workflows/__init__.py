"""Workflows: one file each; nothing here runs at import."""
