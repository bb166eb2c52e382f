"""Which pages and interfaces does the web application serve?"""

from __future__ import annotations

from parking.portals.bureau import accounts as bureau_accounts
from parking.portals.bureau import allow_list_pushes as bureau_allow_list_pushes
from parking.portals.bureau import anomalies as bureau_anomalies
from parking.portals.bureau import audit as bureau_audit
from parking.portals.bureau import bays as bureau_bays
from parking.portals.bureau import calendar as bureau_calendar
from parking.portals.bureau import calls as bureau_calls
from parking.portals.bureau import certificates as bureau_certificates
from parking.portals.bureau import charges as bureau_charges
from parking.portals.bureau import clients as bureau_clients
from parking.portals.bureau import complaint_acts as bureau_complaint_acts
from parking.portals.bureau import complaint_numbers as bureau_complaint_numbers
from parking.portals.bureau import complaints as bureau_complaints
from parking.portals.bureau import decisions as bureau_decisions
from parking.portals.bureau import devices as bureau_devices
from parking.portals.bureau import filings as bureau_filings
from parking.portals.bureau import finding_acts as bureau_finding_acts
from parking.portals.bureau import findings as bureau_findings
from parking.portals.bureau import home as bureau_home
from parking.portals.bureau import inspection_plans as bureau_inspection_plans
from parking.portals.bureau import inspections as bureau_inspections
from parking.portals.bureau import lanes as bureau_lanes
from parking.portals.bureau import leftovers as bureau_leftovers
from parking.portals.bureau import levels as bureau_levels
from parking.portals.bureau import lots as bureau_lots
from parking.portals.bureau import officers as bureau_officers
from parking.portals.bureau import organisations as bureau_organisations
from parking.portals.bureau import papers as bureau_papers
from parking.portals.bureau import passage_pulls as bureau_passage_pulls
from parking.portals.bureau import quarantine as bureau_quarantine
from parking.portals.bureau import scores as bureau_scores
from parking.portals.bureau import settings as bureau_settings
from parking.portals.bureau import sharing as bureau_sharing
from parking.portals.bureau import sharing_evidence as bureau_sharing_evidence
from parking.portals.bureau import sharing_proposals as bureau_sharing_proposals
from parking.portals.bureau import single_sign_on as bureau_single_sign_on
from parking.portals.bureau import source_candidates as bureau_source_candidates
from parking.portals.bureau import source_connect as bureau_source_connect
from parking.portals.bureau import source_credentials as bureau_source_credentials
from parking.portals.bureau import source_mappings as bureau_source_mappings
from parking.portals.bureau import source_preview as bureau_source_preview
from parking.portals.bureau import sources as bureau_sources
from parking.portals.bureau import tariff_comparing as bureau_tariff_comparing
from parking.portals.bureau import tariff_editor as bureau_tariff_editor
from parking.portals.bureau import tariff_lots as bureau_tariff_lots
from parking.portals.bureau import tariff_proposals as bureau_tariff_proposals
from parking.portals.bureau import tariff_trying as bureau_tariff_trying
from parking.portals.bureau import tariff_versions as bureau_tariff_versions
from parking.portals.bureau import tariffs as bureau_tariffs
from parking.portals.bureau import tidal as bureau_tidal
from parking.portals.bureau import visits as bureau_visits
from parking.portals.bureau import workbook as bureau_workbook
from parking.portals.citizen import apds as citizen_apds
from parking.portals.citizen import api as citizen_api
from parking.portals.citizen import book as citizen_book
from parking.portals.citizen import bookings_api as citizen_bookings_api
from parking.portals.citizen import complaints as citizen_complaints
from parking.portals.citizen import pages as citizen_pages
from parking.portals.citizen import pay as citizen_pay
from parking.portals.citizen import price_sign as citizen_price_sign
from parking.portals.citizen import register as citizen_register
from parking.portals.citizen import verify as citizen_verify
from parking.portals.gateway import callbacks as gateway_callbacks
from parking.portals.gateway import compat as gateway_compat
from parking.portals.gateway import developers as gateway_developers
from parking.portals.gateway import operations as gateway_operations
from parking.portals.operator import accounts as operator_accounts
from parking.portals.operator import bulk as operator_bulk
from parking.portals.operator import certificates as operator_certificates
from parking.portals.operator import charges as operator_charges
from parking.portals.operator import complaints as operator_complaints
from parking.portals.operator import declaring as operator_declaring
from parking.portals.operator import devices as operator_devices
from parking.portals.operator import filing_forms as operator_filing_forms
from parking.portals.operator import filings as operator_filings
from parking.portals.operator import home as operator_home
from parking.portals.operator import inspections as operator_inspections
from parking.portals.operator import leftovers as operator_leftovers
from parking.portals.operator import lots as operator_lots
from parking.portals.operator import organisation as operator_organisation
from parking.portals.operator import papers as operator_papers
from parking.portals.operator import passes as operator_passes
from parking.portals.operator import places as operator_places
from parking.portals.operator import sharing as operator_sharing
from parking.portals.operator import visits as operator_visits

# Every page of the web application; the tests of permissions walk them all.
PAGES = (
    citizen_pages.blueprint,
    citizen_verify.blueprint,
    citizen_price_sign.blueprint,
    citizen_register.blueprint,
    citizen_pay.blueprint,
    citizen_book.blueprint,
    citizen_complaints.blueprint,
    gateway_developers.blueprint,
    operator_accounts.pages,
    operator_organisation.pages,
    operator_home.pages,
    operator_filings.pages,
    operator_filing_forms.pages,
    operator_declaring.pages,
    operator_places.pages,
    operator_papers.pages,
    operator_bulk.pages,
    operator_certificates.pages,
    operator_lots.pages,
    operator_visits.pages,
    operator_passes.pages,
    operator_sharing.pages,
    operator_leftovers.pages,
    operator_charges.pages,
    operator_devices.pages,
    operator_inspections.pages,
    operator_complaints.pages,
    bureau_accounts.pages,
    bureau_single_sign_on.pages,
    bureau_home.pages,
    bureau_filings.pages,
    bureau_decisions.pages,
    bureau_papers.pages,
    bureau_certificates.pages,
    bureau_lots.pages,
    bureau_workbook.pages,
    bureau_leftovers.pages,
    bureau_inspections.pages,
    bureau_inspection_plans.pages,
    bureau_findings.pages,
    bureau_finding_acts.pages,
    bureau_scores.pages,
    bureau_complaints.pages,
    bureau_complaint_acts.pages,
    bureau_complaint_numbers.pages,
    bureau_tariffs.pages,
    bureau_tariff_comparing.pages,
    bureau_tariff_editor.pages,
    bureau_tariff_lots.pages,
    bureau_tariff_proposals.pages,
    bureau_tariff_trying.pages,
    bureau_tariff_versions.pages,
    bureau_sharing.pages,
    bureau_sharing_evidence.pages,
    bureau_sharing_proposals.pages,
    bureau_tidal.pages,
    bureau_visits.pages,
    bureau_quarantine.pages,
    bureau_sources.pages,
    bureau_anomalies.pages,
    bureau_levels.pages,
    bureau_source_connect.pages,
    bureau_source_credentials.pages,
    bureau_source_preview.pages,
    bureau_source_candidates.pages,
    bureau_source_mappings.pages,
    bureau_calendar.pages,
    bureau_settings.pages,
    bureau_organisations.pages,
    bureau_officers.pages,
    bureau_clients.pages,
    bureau_calls.pages,
    bureau_charges.pages,
    bureau_devices.pages,
    bureau_bays.pages,
    bureau_lanes.pages,
    bureau_passage_pulls.pages,
    bureau_allow_list_pushes.pages,
    bureau_audit.pages,
)


# Every JSON interface of it.
INTERFACES = (
    citizen_api.blueprint,
    citizen_apds.blueprint,
    citizen_bookings_api.blueprint,
    citizen_register.interface,
    gateway_operations.blueprint,
    gateway_compat.blueprint,
    gateway_callbacks.blueprint,
)
