"""The verbs of the floor, the only door to change it: `listing` for whoever wants to speak, `desk` and `ordering` for
the chair, `points` of order, `course` with the session and the clock, `setting`, `rehearsing`, and `standing` for the
apps above.

One lock orders them all: the row of the Floor. It is taken after the session's, and before anything of the floor.
"""
