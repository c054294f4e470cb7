from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "sessions.review"
    label = "review"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import Resumable, register_guard, register_resumable  # noqa: PLC0415
        from sessions.floor.script import register_script  # noqa: PLC0415
        from sessions.review import (  # noqa: PLC0415
            commands,
            live,
            panel,
            receivers,  # noqa: F401  they connect by being there
            rules,
            screen,
            script,
        )
        from sessions.review.actions import reminding  # noqa: PLC0415  as above
        from sessions.review.demo import films  # noqa: PLC0415  as above

        register_script(script.sentences_for)
        live.register()
        films.register()
        commands.register()
        reminding.register_work()
        panel.add()
        screen.add()
        register_guard(rules.STATEMENTS, rules.may_read_document)
        register_guard(rules.CLIPS, rules.may_read_film)
        document = Resumable(rules.DOCUMENTS, rules.LARGEST_DOCUMENT, may_begin=rules.may_bring, is_used=rules.is_used)
        # Whatever a camera makes: it is converted before anybody plays it.
        film = Resumable(rules.FILMS, rules.LARGEST_FILM, may_begin=rules.may_bring, is_used=rules.is_used, plays=False)
        register_resumable(rules.STATEMENTS, document)
        register_resumable(rules.CLIPS, film)
