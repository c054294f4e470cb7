"""Every address of registration, by part."""

from registration.urls import delegations, door, help, letters, lists, printing, privacy, public, secretariat

app_name = "registration"
urlpatterns = [
    *public.urlpatterns,
    *secretariat.urlpatterns,
    *delegations.urlpatterns,
    *lists.urlpatterns,
    *printing.urlpatterns,
    *door.urlpatterns,
    *letters.urlpatterns,
    *help.urlpatterns,
    *privacy.urlpatterns,
]
