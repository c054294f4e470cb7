"""The websocket's way in: our own pages only, with the person their cookie names."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from realtime.consumers import LiveConsumer

live = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("live/socket/", LiveConsumer.as_asgi())])))
