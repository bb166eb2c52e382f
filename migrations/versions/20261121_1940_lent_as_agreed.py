"""Whoever lends more than there is on that day, or than was agreed, is refused by the database.

The first check summed the ledger once for all that is lent at a time, and stood in the way of whoever lends
less when spaces are gone. A day's ends are taken generously: the database does not know the city's clock.

Revision: 20261121_1940, after: 20261121_1935
"""

from __future__ import annotations

from alembic import op

revision = "20261121_1940"
down_revision = "20261121_1935"
branch_labels = None
depends_on = None

# Whoever lends spaces of a class waits for the row of that class, then walks through what overlaps and the
# ledger, in the order of time: of two that lend at once, the second sees the first. At one instant an end
# counts before the ledger, and that before a beginning.
_NEW = """
        CREATE OR REPLACE FUNCTION refuse_over_lending() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE beyond record;
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                PERFORM 1 FROM fresh f JOIN stale o USING (window_id)
                    WHERE f.spaces > o.spaces OR f.from_at < o.from_at OR f.until_at > o.until_at
                        OR f.lot_id <> o.lot_id OR f.space_class <> o.space_class;
                IF NOT FOUND THEN
                    RETURN NULL;
                END IF;
            END IF;
            PERFORM 1 FROM space_groups g
                WHERE (g.lot_id, g.space_class) IN (SELECT f.lot_id, f.space_class FROM fresh f)
                ORDER BY g.lot_id, g.space_class FOR NO KEY UPDATE;
            WITH asked AS (
                SELECT lot_id, space_class, min(from_at) AS from_at, max(until_at) AS until_at
                FROM fresh GROUP BY lot_id, space_class
            ), edges AS (
                SELECT s.agreement_id, s.lot_id, s.space_class, edge.at, edge.lent, 0 AS held
                FROM asked a JOIN lent_spans s ON s.lot_id = a.lot_id AND s.space_class = a.space_class
                    AND s.until_at > a.from_at AND s.from_at < a.until_at,
                    LATERAL (VALUES (s.from_at, s.spaces), (s.until_at, -s.spaces)) AS edge (at, lent)
                UNION ALL
                SELECT null, e.lot_id, e.space_class,
                    e."on"::timestamp AT TIME ZONE 'UTC'
                        + CASE WHEN e.change > 0 THEN interval '-14 hours' ELSE interval '12 hours' END,
                    0, e.change
                FROM asked a JOIN space_ledger e ON e.lot_id = a.lot_id AND e.space_class = a.space_class
                    AND e."on" <= (a.until_at + interval '14 hours')::date
            ), standing AS (
                SELECT agreement_id, lot_id, space_class,
                    sum(lent) OVER so_far AS lent, sum(held) OVER so_far AS held, sum(lent) OVER own AS own
                FROM edges WINDOW
                    so_far AS (PARTITION BY lot_id, space_class ORDER BY at, lent
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
                    own AS (PARTITION BY agreement_id, lot_id, space_class ORDER BY at, lent
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
            )
            SELECT s.agreement_id, s.lot_id, s.space_class, s.lent > s.held AS is_beyond INTO beyond
            FROM standing s
            LEFT JOIN agreement_parts p
                ON p.agreement_id = s.agreement_id AND p.space_class = s.space_class
            WHERE s.lent > 0 AND (s.lent > s.held OR s.own > p.quota)
            ORDER BY is_beyond DESC LIMIT 1;
            IF FOUND THEN
                IF beyond.is_beyond THEN
                    RAISE EXCEPTION 'more % spaces lent than lot % has', beyond.space_class, beyond.lot_id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'lent_beyond_spaces';
                END IF;
                RAISE EXCEPTION 'more % spaces lent than agreement % says', beyond.space_class,
                    beyond.agreement_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'lent_beyond_spaces';
            END IF;
            RETURN NULL;
        END $$
"""
_OLD = """
        CREATE OR REPLACE FUNCTION refuse_over_lending() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.execute(_NEW)
    _trigger("OLD TABLE AS stale NEW TABLE AS fresh")


def downgrade() -> None:
    op.execute(_OLD)
    _trigger("NEW TABLE AS fresh")


def _trigger(tables: str) -> None:
    op.execute("DROP TRIGGER over_lending_update ON lent_spans")
    op.execute(
        "CREATE TRIGGER over_lending_update AFTER UPDATE ON lent_spans "
        f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION refuse_over_lending()"
    )
