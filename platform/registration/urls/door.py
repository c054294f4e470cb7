from django.urls import URLPattern, path

from registration.views import door

urlpatterns: list[URLPattern] = [
    path("c/<slug:slug>/organise/doors/", door.gates, name="gates"),
    path("c/<slug:slug>/organise/doors/<int:gate_id>/", door.change_gate, name="change_gate"),
    path("c/<slug:slug>/organise/doors/<int:gate_id>/invite/", door.invite_device, name="invite_device"),
    path("c/<slug:slug>/organise/doors/devices/<int:device_id>/revoke/", door.revoke_device, name="revoke_device"),
    # What devices ask for: all below one path, which is their script's own and their key's.
    path("door/", door.page, name="door"),
    path("door/enrol/<str:invitation>/", door.enrol, name="enrol_device"),
    path("door/list/", door.people, name="door_list"),
    path("door/scans/", door.scans, name="door_scans"),
    path("door/walk-ins/", door.walk_in, name="door_walk_in"),
    path("door/reprints/", door.reprint, name="door_reprint"),
    path("door/photos/<int:upload_id>/", door.photo, name="door_photo"),
    path("door/worker.js", door.worker, name="door_worker"),
]
