"""How often a host is asked, by which credential a source knows us, and what was said when a pull failed.

Revision: 20261121_1800, after: 20261121_1795
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1800"
down_revision = "20261121_1795"
branch_labels = None
depends_on = None

_HOST = r"btrim(lower(coalesce(substring(url, '://(\[[^]]*\]|[^/:?#]*)'), '')), '[].')"


def upgrade() -> None:
    op.create_table(
        "source_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("open_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_source_hosts")),
    )
    host = sa.Column("host", sa.Text(), sa.Computed(_HOST, persisted=True), nullable=False)
    op.add_column("pulls", host)
    op.create_table(
        "source_credentials",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_credentials_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_credentials")),
    )
    op.create_table(
        "source_exchanges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_exchanges_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_exchanges")),
    )
    op.create_index("ix_source_exchanges_source_id", "source_exchanges", ["source_id", "kind", "at"])


def downgrade() -> None:
    op.drop_table("source_exchanges")
    op.drop_table("source_credentials")
    op.drop_column("pulls", "host")
    op.drop_table("source_hosts")
