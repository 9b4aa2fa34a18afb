"""What SQL keeps for the order core, a module for each concern."""

from orderstream.models.access import ApiKey, Right, Session, SignInLink
from orderstream.models.audit import AuditEntry
from orderstream.models.configuration import ConfigurationVersion, Processing, Simulation
from orderstream.models.effects import Effect
from orderstream.models.imports import FileImport
from orderstream.models.products import Product

__all__ = [
    "ApiKey",
    "AuditEntry",
    "ConfigurationVersion",
    "Effect",
    "FileImport",
    "Processing",
    "Product",
    "Right",
    "Session",
    "SignInLink",
    "Simulation",
]
