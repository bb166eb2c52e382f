"""What is odd about sources and their counters, how pulls went by the hour, and what is usual for a counter.

Revision: 20261121_1810, after: 20261121_1800
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1810"
down_revision = "20261121_1800"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_OPEN = sa.text("closed_at is null")


def _anomalies() -> None:
    op.create_table(
        "anomalies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=True),
        sa.Column("space_class", sa.Text(), nullable=True),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_anomalies_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomalies")),
    )
    whose = [sa.text("coalesce(lot_id, '')"), sa.text("coalesce(space_class, '')")]
    op.create_index(
        "ux_anomalies_open", "anomalies", ["kind", "source", *whose], unique=True, postgresql_where=_OPEN
    )
    op.create_index("ix_anomalies_source", "anomalies", ["source", "opened_at"])
    op.create_index("ix_anomalies_lot_id", "anomalies", ["lot_id", "opened_at"])


def _notices() -> None:
    op.create_table(
        "source_notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_notices")),
    )
    op.create_index(
        "ux_source_notices_open", "source_notices", ["source"], unique=True, postgresql_where=_OPEN
    )


def _tallies() -> None:
    op.create_table(
        "pull_tallies",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hour_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("least_records", sa.Integer(), nullable=True),
        sa.Column("most_records", sa.Integer(), nullable=True),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("problem_kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_pull_tallies_source_id")),
        sa.PrimaryKeyConstraint("source_id", "kind", "hour_at", name=op.f("pk_pull_tallies")),
    )
    op.add_column("pulls", sa.Column("tally", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def _courses() -> None:
    op.create_table(
        "counter_courses",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("until_at", _INSTANT, nullable=False),
        sa.Column("recent", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("reckoned_at", _INSTANT, nullable=True),
        sa.Column("habit", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_counter_courses_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "space_class", name=op.f("pk_counter_courses")),
    )
    op.create_index("ix_counter_courses_reckoned_at", "counter_courses", ["reckoned_at"])


def upgrade() -> None:
    _anomalies()
    _notices()
    _tallies()
    _courses()
    doubts = sa.Column("doubts", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("counter_states", doubts)
    # Until now the history said it; from now on it is an anomaly, which will be seen again where it stands.
    op.execute("UPDATE counter_states SET marks = array_remove(marks, 'frozen') WHERE 'frozen' = any(marks)")


def downgrade() -> None:
    op.drop_column("counter_states", "doubts")
    op.drop_table("counter_courses")
    op.drop_column("pulls", "tally")
    op.drop_table("pull_tallies")
    op.drop_table("source_notices")
    op.drop_table("anomalies")
