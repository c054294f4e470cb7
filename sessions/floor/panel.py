"""The floor on a session's page."""


def add() -> None:
    pass
