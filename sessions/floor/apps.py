from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "sessions.floor"
    label = "floor"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.floor import commands, live, panel, receivers  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        commands.register()
        panel.add()
