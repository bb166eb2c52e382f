"""Agreements, the windows that follow from them, and the spaces that lots lend.

Revision: 20261121_1600, after: 20261121_1400
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1600"
down_revision = "20261121_1400"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    _lent_spans()
    _agreements()
    _windows()


def downgrade() -> None:
    op.drop_table("shared_windows")
    for table in ("agreement_series", "agreement_parts", "agreement_parties", "agreements", "lent_spans"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_over_lending()")


def _lent_spans() -> None:
    op.create_table(
        "lent_spans",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("from_at", _WHEN, nullable=False),
        sa.Column("until_at", _WHEN, nullable=False),
        sa.Column("spaces", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_lent_spans_span")),
        sa.CheckConstraint("spaces > 0", name=op.f("ck_lent_spans_spaces")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lent_spans_lot_id")),
        sa.PrimaryKeyConstraint("window_id", name=op.f("pk_lent_spans")),
    )
    op.create_index("ix_lent_spans_lot_id", "lent_spans", ["lot_id", "space_class", "until_at"])
    op.create_index("ix_lent_spans_until_at", "lent_spans", ["until_at"])
    # Whoever lends spaces of a class waits for the row of that class, then sums what overlaps: of two that
    # lend at once, the second sees the first. At one instant an end counts before a beginning.
    op.execute(
        """
        CREATE FUNCTION refuse_over_lending() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE beyond record;
        BEGIN
            PERFORM 1 FROM space_groups g
                WHERE (g.lot_id, g.space_class) IN (SELECT f.lot_id, f.space_class FROM fresh f)
                ORDER BY g.lot_id, g.space_class FOR NO KEY UPDATE;
            WITH asked AS (
                SELECT lot_id, space_class, min(from_at) AS from_at, max(until_at) AS until_at
                FROM fresh GROUP BY lot_id, space_class
            ), held AS (
                SELECT a.lot_id, a.space_class, coalesce(sum(e.change), 0) AS spaces
                FROM asked a LEFT JOIN space_ledger e ON e.lot_id = a.lot_id
                    AND e.space_class = a.space_class AND e."on" <= (a.from_at + interval '14 hours')::date
                GROUP BY a.lot_id, a.space_class
            ), edges AS (
                SELECT s.lot_id, s.space_class, edge.at, edge.change
                FROM asked a JOIN lent_spans s ON s.lot_id = a.lot_id AND s.space_class = a.space_class
                    AND s.until_at > a.from_at AND s.from_at < a.until_at,
                    LATERAL (VALUES (s.from_at, s.spaces), (s.until_at, -s.spaces)) AS edge (at, change)
            ), lent AS (
                SELECT lot_id, space_class, sum(change) OVER (
                    PARTITION BY lot_id, space_class ORDER BY at, change
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS spaces
                FROM edges
            )
            SELECT lent.lot_id, lent.space_class INTO beyond
            FROM lent JOIN held ON held.lot_id = lent.lot_id AND held.space_class = lent.space_class
            WHERE lent.spaces > held.spaces LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'more % spaces lent than lot % has', beyond.space_class, beyond.lot_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'lent_beyond_spaces';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for what in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER over_lending_{what.lower()} AFTER {what} ON lent_spans "
            "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION refuse_over_lending()"
        )


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("filing_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("withdraw_before_minutes", sa.Integer(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("overstays_suspend", sa.Integer(), nullable=True),
        sa.Column("on_overstay", sa.Text(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("house_rules", sa.Text(), nullable=False),
        sa.Column("tariff_id", sa.Text(), nullable=True),
        sa.Column("made_at", _WHEN, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("in_force_at", _WHEN, nullable=True),
        sa.Column("suspended_at", _WHEN, nullable=True),
        sa.Column("suspended_for", sa.Text(), nullable=True),
        sa.Column("notice_at", _WHEN, nullable=True),
        sa.Column("ending_for", sa.Text(), nullable=True),
        sa.Column("ended_at", _WHEN, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_on < until_on", name=op.f("ck_agreements_days")),
        sa.CheckConstraint(
            "state in ('drafted', 'proposed', 'confirmed', 'in_force', 'suspended', 'ended')",
            name=op.f("ck_agreements_state"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_agreements_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_agreements_organisation_id")
        ),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("fk_agreements_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_number")),
        sa.UniqueConstraint("filing_id", name=op.f("uq_agreements_filing_id")),
    )
    op.create_index("ix_agreements_lot_id", "agreements", ["lot_id"])
    op.create_index("ix_agreements_organisation_id", "agreements", ["organisation_id"])
    op.create_index("ix_agreements_state", "agreements", ["state", "until_on"])
    op.create_table(
        "agreement_parties",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=True),
        sa.Column("confirmed_at", _WHEN, nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "party in ('owner', 'operator', 'supervisor')", name=op.f("ck_agreement_parties_party")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_parties_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "party", name=op.f("pk_agreement_parties")),
    )
    op.create_table(
        "agreement_parts",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("spaces", sa.Integer(), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 < quota and quota <= spaces", name=op.f("ck_agreement_parts_quota")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_parts_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "space_class", name=op.f("pk_agreement_parts")),
    )
    op.create_table(
        "agreement_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_agreement_series")),
    )


def _windows() -> None:
    op.create_table(
        "shared_windows",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("from_at", _WHEN, nullable=False),
        sa.Column("until_at", _WHEN, nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", _WHEN, nullable=True),
        sa.Column("closed_for", sa.Text(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_shared_windows_span")),
        sa.CheckConstraint("0 <= taken and taken <= quota", name=op.f("ck_shared_windows_taken")),
        sa.CheckConstraint(
            "state in ('open', 'closing', 'withdrawn', 'ended')", name=op.f("ck_shared_windows_state")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_shared_windows_agreement_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_shared_windows_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_windows")),
        sa.UniqueConstraint(
            "agreement_id",
            "space_class",
            "from_at",
            name=op.f("uq_shared_windows_agreement_id_space_class_from_at"),
        ),
    )
    op.create_index("ix_shared_windows_lot_id", "shared_windows", ["lot_id", "until_at"])
    op.create_index(
        "ix_shared_windows_due",
        "shared_windows",
        ["until_at"],
        postgresql_where=sa.text("state in ('open', 'closing')"),
    )
