from django.apps import AppConfig


class StageConfig(AppConfig):
    name = "sessions.stage"
    label = "stage"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import Resumable, register_guard, register_resumable  # noqa: PLC0415
        from sessions.stage import (  # noqa: PLC0415
            clip_jobs,
            demo,
            live,
            panel,
            receivers,  # noqa: F401  they connect by being there
            rules,
            screen,
        )

        live.register()
        demo.register()
        clip_jobs.register()
        panel.add()
        screen.add()
        register_guard(rules.PURPOSE, rules.may_read_film)
        film = Resumable(rules.FILMS, rules.LARGEST, may_begin=rules.may_bring_film, is_used=rules.is_shown)
        register_resumable(rules.PURPOSE, film)
