"""Which page shows which table; a further page is one line here, and one in look.py for the side."""

from django.contrib.auth.models import Group, User

from orderstream.admin.configuration import ProcessingPage, SimulationPage
from orderstream.admin.keys import KeyPage
from orderstream.admin.people import GroupPage, UserPage
from orderstream.admin.products import ProductPage
from orderstream.admin.records import AuditPage, EffectPage, ImportPage
from orderstream.admin.site import site
from orderstream.models import ApiKey, AuditEntry, Effect, FileImport, Processing, Product, Simulation

__all__ = ["site"]

site.register(Processing, ProcessingPage)
site.register(Simulation, SimulationPage)
site.register(Product, ProductPage)
site.register(ApiKey, KeyPage)
site.register(Group, GroupPage)
site.register(User, UserPage)
site.register(AuditEntry, AuditPage)
site.register(FileImport, ImportPage)
site.register(Effect, EffectPage)
