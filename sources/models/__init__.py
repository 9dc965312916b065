"""Owners, sources, their reports, and the channels by which reports arrive. None of it is public."""

from sources.models.channels import Feed, IntakeKey
from sources.models.owners import Holding, Owner
from sources.models.proposals import Fingerprint, Proposal
from sources.models.reports import Report
from sources.models.sources import Source

__all__ = ["Feed", "Fingerprint", "Holding", "IntakeKey", "Owner", "Proposal", "Report", "Source"]
