"""Is DATEX II read for what it says, in both profiles, and no more?"""

from datetime import UTC, datetime

import pytest

from parking.boundary.feeds import FeedBroken, Parsed, ProblemKind
from parking.kernel.vocabulary import LotKind, SpaceClass
from tests.adapters.datex2_words import (
    FACILITIES,
    TABLE,
    document,
    facility,
    facility_status,
    only_problem,
    parse,
    record,
    status,
)


class TestTheDocument:
    @pytest.mark.parametrize("version", ["2_0", "2_1", "2_2", "2_3", "2_3_2"])
    def test_every_namespace_of_version_2_is_read(self, version: str) -> None:
        text = document(TABLE, record(), f'xmlns="http://datex2.eu/schema/2/{version}"')
        assert len(parse(text).lots) == 1

    def test_a_model_that_names_its_version_needs_no_namespace(self) -> None:
        assert len(parse(document(TABLE, record(), 'modelBaseVersion="2"')).lots) == 1

    @pytest.mark.parametrize("root", ['xmlns="http://datex2.eu/schema/3/common"', 'modelBaseVersion="3"', ""])
    def test_another_version_is_refused(self, root: str) -> None:
        with pytest.raises(FeedBroken, match="version 2"):
            parse(document(TABLE, record(), root))

    def test_a_publication_about_something_else_is_refused(self) -> None:
        with pytest.raises(FeedBroken, match="parking"):
            parse(document("situationPublication", "<situation/>"))

    def test_a_publication_outside_a_generic_one_is_read(self) -> None:
        text = (
            '<a:d2LogicalModel xmlns:a="http://datex2.eu/schema/2/2_3"'
            ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
            '<a:payloadPublication i:type="a:ParkingStatusPublication"><a:parkingRecordStatus>'
            '<a:parkingRecordReference id="P1"/><a:parkingStatusOriginTime>2026-11-21T00:29:00Z'
            "</a:parkingStatusOriginTime><a:parkingOccupancy><a:parkingNumberOfVacantSpaces>5"
            "</a:parkingNumberOfVacantSpaces></a:parkingOccupancy></a:parkingRecordStatus>"
            "</a:payloadPublication></a:d2LogicalModel>"
        )
        assert [count.free for count in parse(text).counts] == [5]

    def test_lots_and_counts_may_stand_in_one_document(self) -> None:
        both = (
            document(TABLE, record()).replace("</d2LogicalModel>", "")
            + status("<parkingNumberOfVacantSpaces>5</parkingNumberOfVacantSpaces>").partition(">")[2]
        )
        parsed = parse(both)
        assert (len(parsed.lots), len(parsed.counts)) == (1, 1)

    def test_sums_of_lots_are_no_lots(self) -> None:
        groups = record(kind="GroupOfParkingSites") + '<parkingArea id="A1"/>'
        assert parse(document(TABLE, groups)) == Parsed(records=1)


class TestALot:
    def test_a_lot_without_the_required_number_of_spaces_is_refused(self) -> None:
        parsed = parse(document(TABLE, record(spaces="")))
        assert parsed.lots == ()
        assert only_problem(parsed) == (ProblemKind.MISSING_FIELD, "parkingNumberOfSpaces")

    def test_a_lot_of_no_spaces_is_taken_without_them(self) -> None:
        parsed = parse(document(TABLE, record(spaces="0")))
        assert [dict(lot.spaces) for lot in parsed.lots] == [{}]
        assert only_problem(parsed) == (ProblemKind.PLACEHOLDER, "parkingNumberOfSpaces")

    def test_assigned_spaces_are_not_counted_twice(self) -> None:
        assigned = (
            "<assignedParkingSpaces><assignedParkingSpaces><numberOfAssignedParkingSpaces>8"
            "</numberOfAssignedParkingSpaces><descriptionOfAssignedParkingSpaces><personTypeForWhichSpacesAssigned>"
            "disabled</personTypeForWhichSpacesAssigned></descriptionOfAssignedParkingSpaces>"
            "</assignedParkingSpaces></assignedParkingSpaces>"
        )
        (lot,) = parse(document(FACILITIES, facility(assigned))).lots
        assert dict(lot.spaces) == {SpaceClass.GENERAL: 120}

    def test_metres_are_placed_by_the_system_of_the_source(self) -> None:
        metres = document(FACILITIES, facility(lat="3548685.19", lon="558595.22"))
        (lot,) = parse(metres, crs="EPSG:4549").lots
        assert (round(lot.lat, 5), round(lot.lon, 5)) == (32.0601, 120.6205)
        assert (lot.source_datum, lot.source_lat, lot.source_lon) == ("EPSG:4549", 3548685.19, 558595.22)

    def test_degrees_in_a_feed_of_metres_are_out_of_range_and_not_guessed(self) -> None:
        parsed = parse(document(FACILITIES, facility()), crs="EPSG:4549")
        assert parsed.lots == ()
        assert only_problem(parsed) == (ProblemKind.OUT_OF_RANGE, "latitude")

    def test_metres_in_a_feed_of_degrees_are_out_of_range(self) -> None:
        parsed = parse(document(FACILITIES, facility(lat="3548685.19", lon="558595.22")))
        assert only_problem(parsed) == (ProblemKind.OUT_OF_RANGE, "latitude")

    @pytest.mark.parametrize(
        ("operator", "height", "cm"),
        [
            ("lessThan", "2.1", 210),
            ("lessThanOrEqualTo", "1.95", 195),
            ("greaterThan", "2.1", None),
            ("equalTo", "2.1", None),
        ],
    )
    def test_a_clearance_is_read_in_centimetres(self, operator: str, height: str, cm: int | None) -> None:
        limit = (
            f"<characteristicsOfPermittedVehicles><heightCharacteristic><comparisonOperator>{operator}"
            f"</comparisonOperator><vehicleHeight>{height}</vehicleHeight></heightCharacteristic>"
            "</characteristicsOfPermittedVehicles>"
        )
        (lot,) = parse(document(FACILITIES, facility(limit))).lots
        assert lot.max_height_cm == cm

    @pytest.mark.parametrize("height", ["0", "0.5", "210", "-2", "high"])
    def test_a_clearance_that_cannot_be_is_left_out_and_told(self, height: str) -> None:
        limit = (
            "<characteristicsOfPermittedVehicles><heightCharacteristic><comparisonOperator>lessThan"
            f"</comparisonOperator><vehicleHeight>{height}</vehicleHeight></heightCharacteristic>"
            "</characteristicsOfPermittedVehicles>"
        )
        parsed = parse(document(FACILITIES, facility(limit)))
        assert [lot.max_height_cm for lot in parsed.lots] == [None]
        assert only_problem(parsed)[1] == "vehicleHeight"

    def test_an_owner_is_no_operator_and_persons_are_not_read(self) -> None:
        people = (
            "<owner><contactName>Owner Ltd</contactName></owner><operator><contactPersonName>Zhang San"
            "</contactPersonName><contactName>Li Si</contactName></operator>"
        )
        parsed = parse(document(FACILITIES, facility(people)))
        assert [lot.operator_name for lot in parsed.lots] == [None]
        assert "Zhang" not in str(parsed) and "Li Si" not in str(parsed) and "Owner" not in str(parsed)

    @pytest.mark.parametrize(
        ("extra", "kind"),
        [
            ("<urbanParkingSiteType>onStreetParking</urbanParkingSiteType>", LotKind.ON_STREET),
            ("<urbanParkingSiteType>offStreetParking</urbanParkingSiteType>", LotKind.OFF_STREET),
            ("<parkingLayout>underground</parkingLayout>", LotKind.OFF_STREET),
            ("<parkingLayout>singleLevel</parkingLayout>", None),
            ("", None),
        ],
    )
    def test_where_it_lies_is_told_only_when_there_is_no_doubt(
        self, extra: str, kind: LotKind | None
    ) -> None:
        assert [lot.kind for lot in parse(document(TABLE, record(extra))).lots] == [kind]


class TestACount:
    def test_free_and_occupied_are_kept_apart(self) -> None:
        (count,) = parse(
            status(
                "<parkingNumberOfSpacesOverride>100</parkingNumberOfSpacesOverride><parkingNumberOfVacantSpaces>7"
                "</parkingNumberOfVacantSpaces><parkingNumberOfOccupiedSpaces>93</parkingNumberOfOccupiedSpaces>"
            )
        ).counts
        assert (count.free, count.occupied, count.capacity) == (7, 93, 100)

    def test_occupied_alone_is_no_free(self) -> None:
        (count,) = parse(status("<parkingNumberOfOccupiedSpaces>93</parkingNumberOfOccupiedSpaces>")).counts
        assert (count.free, count.occupied, count.capacity) == (None, 93, None)

    def test_a_percentage_of_a_told_capacity_gives_the_occupied(self) -> None:
        (count,) = parse(
            status(
                "<parkingNumberOfSpacesOverride>200</parkingNumberOfSpacesOverride>"
                "<parkingOccupancy>26.5</parkingOccupancy>"
            )
        ).counts
        assert (count.free, count.occupied, count.capacity) == (None, 53, 200)

    @pytest.mark.parametrize(
        ("share", "kind"),
        [
            ("0.43", ProblemKind.BAD_VALUE),
            ("101", ProblemKind.OUT_OF_RANGE),
            ("NaN", ProblemKind.BAD_VALUE),
            ("-1", ProblemKind.OUT_OF_RANGE),
        ],
    )
    def test_a_percentage_that_leaves_a_doubt_gives_nothing(self, share: str, kind: ProblemKind) -> None:
        parsed = parse(
            status(
                "<parkingNumberOfSpacesOverride>200</parkingNumberOfSpacesOverride>"
                f"<parkingOccupancy>{share}</parkingOccupancy>"
            )
        )
        assert parsed.counts == ()
        assert only_problem(parsed) == (kind, "parkingOccupancy")

    def test_a_share_without_a_capacity_and_a_share_of_the_older_profile_give_nothing(self) -> None:
        alone = parse(status("<parkingOccupancy>26.5</parkingOccupancy>"))
        older = parse(
            facility_status(
                "<parkingFacilityOccupancy>0.77</parkingFacilityOccupancy>"
                "<totalParkingCapacityOverride>657</totalParkingCapacityOverride>"
            )
        )
        for parsed in (alone, older):
            assert parsed.counts == ()
            assert only_problem(parsed)[0] is ProblemKind.NO_COUNT

    def test_unknown_without_numbers_is_a_normal_state(self) -> None:
        newer = status("", "<parkingSiteStatus>unknown</parkingSiteStatus>")
        older = facility_status("<parkingFacilityStatus>statusUnknown</parkingFacilityStatus>")
        assert parse(newer) == parse(older) == Parsed(records=1)

    @pytest.mark.parametrize(
        "capacity", ["", "<parkingNumberOfSpacesOverride>0</parkingNumberOfSpacesOverride>"]
    )
    def test_nobody_inside_and_nothing_free_is_a_place_holder_and_not_a_full_lot(self, capacity: str) -> None:
        parsed = parse(
            status(
                f"{capacity}<parkingNumberOfVacantSpaces>0</parkingNumberOfVacantSpaces>"
                "<parkingNumberOfOccupiedSpaces>0</parkingNumberOfOccupiedSpaces>"
            )
        )
        assert parsed.counts == ()
        assert only_problem(parsed)[0] is ProblemKind.PLACEHOLDER

    def test_a_full_lot_is_full(self) -> None:
        (count,) = parse(
            status(
                "<parkingNumberOfVacantSpaces>0</parkingNumberOfVacantSpaces>"
                "<parkingNumberOfOccupiedSpaces>100</parkingNumberOfOccupiedSpaces>"
            )
        ).counts
        assert (count.free, count.occupied) == (0, 100)

    def test_a_time_without_an_offset_is_of_the_source_s_zone(self) -> None:
        told = facility_status(
            "<totalNumberOfVacantParkingSpaces>5</totalNumberOfVacantParkingSpaces>", "2026-07-01T12:00:00.5"
        )
        for zone, hour in (("Asia/Shanghai", 4), ("Europe/Berlin", 10), ("UTC", 12)):
            (count,) = parse(told, zone).counts
            assert count.as_of == datetime(2026, 7, 1, hour, 0, 0, 500_000, UTC)

    def test_a_zone_that_nobody_knows_is_a_clear_failure(self) -> None:
        with pytest.raises(FeedBroken, match="time zone"):
            parse(status("<parkingNumberOfVacantSpaces>5</parkingNumberOfVacantSpaces>"), "Asia/Atlantis")

    @pytest.mark.parametrize(
        ("extra", "kind"),
        [
            ("<parkingStatusValidity><parkingStatusTime/></parkingStatusValidity>", ProblemKind.BAD_VALUE),
            ("<blurredAvailability>true</blurredAvailability>", ProblemKind.NO_COUNT),
        ],
    )
    def test_a_forecast_and_a_blurred_number_are_no_count_of_now(self, extra: str, kind: ProblemKind) -> None:
        parsed = parse(status("<parkingNumberOfVacantSpaces>5</parkingNumberOfVacantSpaces>", extra))
        assert parsed.counts == ()
        assert only_problem(parsed)[0] is kind

    def test_the_words_inside_a_status_of_the_older_profile_are_no_records(self) -> None:
        parsed = parse(
            facility_status(
                "<parkingFacilityStatus>open</parkingFacilityStatus><parkingFacilityStatus>spacesAvailable"
                "</parkingFacilityStatus><totalNumberOfVacantParkingSpaces>5</totalNumberOfVacantParkingSpaces>"
            )
        )
        assert len(parsed.counts) == 1 and parsed.problems == ()
