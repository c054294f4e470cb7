"""The demonstration's review: the delegations of a conference, invented speeches and films, and the whole of it replayed.

Who speaks on what, who is absent and who only files a text is drawn for the demonstration. It is nobody's history.
"""
