from django.apps import AppConfig


class StageConfig(AppConfig):
    name = "sessions.stage"
    label = "stage"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import register_guard  # noqa: PLC0415
        from sessions.stage import demo, live, panel, receivers, rules  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        demo.register()
        panel.add()
        register_guard(rules.PURPOSE, rules.may_read_film)
