"""Pages of a countries’ review."""
