"""Conferences as files: the shape of one, reading it with an exact complaint, and those that come with the project."""
