"""What the server serves: pages through Django, live things through `realtime`."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

from realtime.asgi import live  # noqa: E402  needs the apps that get_asgi_application() loads

application = ProtocolTypeRouter({"http": pages, "websocket": live})
