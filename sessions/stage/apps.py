from django.apps import AppConfig


class StageConfig(AppConfig):
    name = "sessions.stage"
    label = "stage"
