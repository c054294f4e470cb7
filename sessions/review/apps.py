from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "sessions.review"
    label = "review"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import Resumable, register_guard, register_resumable  # noqa: PLC0415
        from sessions.review import commands, live, receivers, rules  # noqa: F401, PLC0415  receivers connect by being there
        from sessions.review.demo import films  # noqa: PLC0415
        from sessions.review.actions import reminding  # noqa: PLC0415

        live.register()
        films.register()
        commands.register()
        reminding.register_work()
        register_guard(rules.STATEMENTS, rules.may_read_document)
        register_guard(rules.CLIPS, rules.may_read_film)
        document = Resumable(rules.DOCUMENTS, rules.LARGEST_DOCUMENT, may_begin=rules.may_bring, is_used=rules.is_used)
        # Whatever a camera makes: it is converted before anybody plays it.
        film = Resumable(rules.FILMS, rules.LARGEST_FILM, may_begin=rules.may_bring, is_used=rules.is_used, plays=False)
        register_resumable(rules.STATEMENTS, document)
        register_resumable(rules.CLIPS, film)
