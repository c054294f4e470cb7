from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "sessions.programme"
    label = "programme"
