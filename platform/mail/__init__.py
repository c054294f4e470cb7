"""Outgoing mail: every message is a row first, and a worker sends it once."""
