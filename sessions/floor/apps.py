from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "sessions.floor"
    label = "floor"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.floor import commands, live, live_notices, panel, receivers  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        live_notices.register()
        commands.register()
        panel.add()
