from django.apps import AppConfig


class StageConfig(AppConfig):
    name = "sessions.stage"
    label = "stage"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import Resumable, register_guard, register_resumable  # noqa: PLC0415
        from sessions.stage import demo, live, panel, receivers, rules  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        demo.register()
        panel.add()
        register_guard(rules.PURPOSE, rules.may_read_film)
        film = Resumable(rules.FILMS, rules.LARGEST, may_begin=rules.may_bring_film, is_used=rules.is_shown)
        register_resumable(rules.PURPOSE, film)
