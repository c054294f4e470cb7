from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import register_guard  # noqa: PLC0415

        # Receivers connect by being there.
        from registration import (  # noqa: PLC0415
            demo,
            designs,
            importing_jobs,
            letter_actions,
            live,
            live_help,
            my_data,
            papers,
            print_jobs,
            receivers,  # noqa: F401
            rules,
        )

        live.register()
        importing_jobs.register()
        live_help.register()
        letter_actions.register_work()
        demo.register()
        print_jobs.register()
        my_data.register_work()
        register_guard(my_data.MY_DATA, my_data.may_read_my_data)
        register_guard(designs.PURPOSE, designs.may_read_picture)
        register_guard(papers.PURPOSE, rules.may_read_paper)
        register_guard(rules.CREDENTIALS, rules.may_read_credentials)
