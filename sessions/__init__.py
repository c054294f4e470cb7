"""A shelf of apps about conference sessions; not an app itself, and no kin of Django's browser sessions."""
