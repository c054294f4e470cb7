"""Pages: the floor (a part of the session's page and what hangs on it), the desk, and the stage for the projector."""
