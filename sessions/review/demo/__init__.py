"""The demonstration's review: invented speeches and films for all delegations, and the whole of it replayed.

Who speaks on what, who is absent and who only files a text is drawn for the demonstration. It is nobody's history.
"""
