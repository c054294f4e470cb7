"""The verbs of a review, the only door to change it: `setting_up` for organisers, `lots` and `swapping` for the order,
`handing_in` statements and films, `remarking` for the comment round, `reporting` for the world after, and `course` with
the session and the floor.

The lock of all of it is the floor’s row, taken after the session’s.
"""
