"""Filings, certificates, notices.

Revision: 20261121_0710, after: 20261121_0700
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261121_0710"
down_revision = "20261121_0700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lots", sa.Column("organisation_id", sa.Text(), nullable=True))
    op.add_column("lots", sa.Column("certificate_no", sa.Text(), nullable=True))
    op.add_column("lots", sa.Column("certificate_state", sa.Text(), nullable=True))
    op.add_column("lots", sa.Column("certificate_until_on", sa.Date(), nullable=True))
    op.create_index("ix_lots_organisation_id", "lots", ["organisation_id"], unique=False)
    op.create_index("ix_lots_place", "lots", ["lat", "lon"], unique=False)
    op.create_foreign_key(
        op.f("fk_lots_organisation_id"), "lots", "organisations", ["organisation_id"], ["id"]
    )
    op.create_table(
        "number_series",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "filings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=True),
        sa.Column("claimed_lot_id", sa.Text(), nullable=True),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.Column("lot_name", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("answers", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("base", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_what", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_by", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_version", sa.Integer(), nullable=True),
        sa.Column("submitted_answers", JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claimed_lot_id"], ["lots.id"], name=op.f("fk_filings_claimed_lot_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_filings_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_filings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint("number", name=op.f("uq_filings_number")),
    )
    op.create_index(
        "ix_filings_claimed",
        "filings",
        ["claimed_by", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("claimed_by IS NOT NULL AND state IN ('submitted', 'accepted')"),
    )
    op.create_index(
        "ix_filings_organisation", "filings", ["organisation_id", "updated_at", "id"], unique=False
    )
    op.create_index("ix_filings_state_due", "filings", ["state", "due_on", "id"], unique=False)
    op.create_index("ix_filings_state_submitted", "filings", ["state", "submitted_at", "id"], unique=False)
    op.create_index(
        "ix_filings_submitted",
        "filings",
        ["submitted_at", "id"],
        unique=False,
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "ix_filings_waiting",
        "filings",
        ["due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('submitted', 'accepted')"),
    )
    op.create_index(
        "ix_filings_waiting_district",
        "filings",
        ["district_code", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('submitted', 'accepted')"),
    )
    op.create_index(
        "ux_filings_open",
        "filings",
        ["lot_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('drafted', 'submitted', 'correction_requested', 'accepted')"),
    )
    op.create_index(
        "ux_filings_open_claim",
        "filings",
        ["claimed_lot_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'correction_requested', 'accepted')"),
    )
    op.create_table(
        "certificates",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("lot_name", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("answers", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("filing_id", sa.Text(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("editions", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_certificates_filing_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_certificates_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_certificates_organisation_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificates")),
        sa.UniqueConstraint("code", name=op.f("uq_certificates_code")),
    )
    op.create_index(
        "ix_certificates_organisation", "certificates", ["organisation_id", "number"], unique=False
    )
    op.create_index("ix_certificates_state_until", "certificates", ["state", "until_on"], unique=False)
    op.create_index(
        "ux_certificates_standing",
        "certificates",
        ["lot_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('valid', 'expiring', 'expired')"),
    )
    op.create_table(
        "filing_papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("filing_id", sa.Text(), nullable=False),
        sa.Column("document_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_filing_papers_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_papers")),
    )
    op.create_index("ix_filing_papers_filing", "filing_papers", ["filing_id", "added_at"], unique=False)
    op.create_table(
        "filing_steps",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("filing_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_what", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("notice_number", sa.Text(), nullable=True),
        sa.Column("details", JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_filing_steps_filing_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_filing_steps")),
    )
    op.create_index("ix_filing_steps_filing", "filing_steps", ["filing_id", "number"], unique=False)
    op.create_table(
        "notices",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("filing_id", sa.Text(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("content", JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_notices_filing_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "kind", "year", "serial", "edition", name=op.f("uq_notices_kind_year_serial_edition")
        ),
    )
    op.create_index("ix_notices_certificate", "notices", ["certificate_number"], unique=False)
    op.create_index("ix_notices_filing", "notices", ["filing_id"], unique=False)
    for table in ("filing_steps", "notices"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("notices", "certificates", "filing_steps", "filing_papers", "filings", "number_series"):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_lots_organisation_id"), "lots", type_="foreignkey")
    op.drop_index("ix_lots_place", table_name="lots")
    op.drop_index("ix_lots_organisation_id", table_name="lots")
    for column in ("certificate_until_on", "certificate_state", "certificate_no", "organisation_id"):
        op.drop_column("lots", column)
