from channels.routing import URLRouter

live = URLRouter([])
