"""By what a vehicle is known that is inside without a booking: one that it makes meanwhile is its own.

Revision: 20261121_1935, after: 20261121_1930
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1935"
down_revision = "20261121_1930"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("window_uses", sa.Column("plate_hashes", postgresql.ARRAY(sa.LargeBinary()), nullable=True))
    op.create_check_constraint(
        op.f("ck_window_uses_plate_forgotten"),
        "window_uses",
        "plate_hashes is null or (booking_id is null and not is_over)",
    )
    op.create_index(
        "ix_window_uses_plates",
        "window_uses",
        ["plate_hashes"],
        postgresql_using="gin",
        postgresql_where=sa.text("plate_hashes is not null"),
    )
    op.create_index(
        "ix_bookings_visit", "bookings", ["visit_id"], postgresql_where=sa.text("state = 'booked'")
    )


def downgrade() -> None:
    op.drop_index("ix_bookings_visit", "bookings")
    op.drop_index("ix_window_uses_plates", "window_uses")
    op.drop_constraint(op.f("ck_window_uses_plate_forgotten"), "window_uses")
    op.drop_column("window_uses", "plate_hashes")
