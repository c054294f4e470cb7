"""What the server serves: pages through Django, live things through `realtime`."""

import logging
import os

from channels.routing import ProtocolTypeRouter

from config.admission import Admission
from config.limits import advice, calm_garbage_collection, raise_open_files, share_the_interpreter
from config.pages import pages_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = pages_application()

from realtime.asgi import live, with_hub  # noqa: E402  needs the apps that pages_application() loads

if too_low := advice(raise_open_files()):
    logging.getLogger(__name__).warning(too_low)
calm_garbage_collection()
share_the_interpreter()

application = ProtocolTypeRouter({"http": with_hub(Admission(pages)), "websocket": live})
