from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "sessions.review"
    label = "review"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.review import commands, live, receivers  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        commands.register()
