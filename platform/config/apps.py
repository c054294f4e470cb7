"""The composition's own app: it only makes Celery known as soon as Django is ready."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401, PLC0415  Celery reads settings, which must be complete
