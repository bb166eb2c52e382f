"""Every network that takes money, against whoever plays it and against a server with every fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from urllib.parse import parse_qs

import orjson
import pytest

from integrations.charging import NetworkAddress, fen_of_yuan, yuan
from integrations.etc.bolink import protocol as bolink
from integrations.etc.xinlian import protocol as xinlian
from integrations.http import HardenedFetcher
from integrations.registry import CHARGE_NETWORKS
from parking.boundary.charges import (
    Callback,
    CallbackRefused,
    ChargeAsk,
    ChargeStanding,
    NetworkSilent,
)
from parking.entrypoints.simulator.payments import Mood
from parking.kernel.vocabulary import PlateColour
from tests.adapters.fault_server import FaultServer
from tests.factories.charges import APP, HERE, KEY, Networks, key_pair, networks
from tests.factories.lookup import NOW, SetClock

NAMES = sorted(CHARGE_NETWORKS)
TODAY = (NOW + timedelta(hours=8)).date()
RECORDED = Path(__file__).parents[1] / "data" / "charges"


@pytest.fixture(scope="module")
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture(scope="module")
def played(clock: SetClock) -> Iterator[Networks]:
    with networks(clock) as found:
        for each in (found.xinlian, found.bolink):
            each.later = lambda work: None
        yield found


@pytest.fixture
def mooded(played: Networks):
    def set_mood(mood: Mood) -> None:
        played.xinlian.mood = played.bolink.mood = played.payer.mood = mood

    yield set_mood
    set_mood(Mood.PROMPT)


_numbers = iter(range(1, 10_000))


def an_ask(**fields) -> ChargeAsk:
    told = {
        "charge_id": f"charge{next(_numbers):014d}",
        "amount_fen": 700,
        "lot_name": "人民医院停车场",
        "entered_at": NOW - timedelta(hours=2, minutes=5, seconds=37),
        "left_at": NOW,
        "plate": "苏F12345",
        "colour": PlateColour.BLUE,
        "lane_key": "1313:A2:000123",
        "return_url": "http://city.invalid/pay/receipt/1",
    }
    return ChargeAsk(**(told | fields))


def paid(played: Networks, name: str, **fields) -> ChargeAsk:
    """A charge that was paid; at the payer a person did it."""
    ask = an_ask(**fields)
    played.adapters[name].request(ask)
    if name == "demo":
        played.payer.book.decide(played.payer.book.orders[ask.charge_id], "paid")
    return ask


@pytest.mark.parametrize("name", NAMES)
def test_a_charge_is_made_queried_given_back_and_listed(played: Networks, name: str) -> None:
    network = played.adapters[name]
    ask = paid(played, name)
    found = network.query(ask.charge_id)
    assert (found.standing, found.amount_fen) == (ChargeStanding.PAID, 700)
    assert found.reference and found.at and abs(found.at - NOW) < timedelta(seconds=2)
    assert network.request(ask).reference == found.reference
    part = network.refund(ask.charge_id, "r1", 200)
    assert (part.standing, part.amount_fen) == (ChargeStanding.REFUNDED, 200)
    assert network.refund(ask.charge_id, "r1", 200).amount_fen == 200
    assert network.query(ask.charge_id).standing is ChargeStanding.PAID
    assert network.refund(ask.charge_id, "r2", 501).standing is ChargeStanding.REFUSED
    assert network.refund(ask.charge_id, "r2", 500).amount_fen == 700
    assert network.query(ask.charge_id).standing is ChargeStanding.REFUNDED
    mine = [each.amount_fen for each in network.entries(TODAY) if each.charge_id == ask.charge_id]
    assert sorted(mine) == [-500, -200, 700]
    assert not network.entries(TODAY - timedelta(days=1))


@pytest.mark.parametrize("name", NAMES)
def test_a_charge_that_a_network_never_heard_of_is_unknown(played: Networks, name: str) -> None:
    assert played.adapters[name].query("never").standing is ChargeStanding.UNKNOWN


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.LOST, Mood.LIES, Mood.BREAKS_OFF])
def test_an_answer_that_cannot_be_trusted_is_none(played: Networks, mooded, name: str, mood: Mood) -> None:
    ask = an_ask()
    mooded(mood)
    with pytest.raises(NetworkSilent) as silent:
        played.adapters[name].request(ask)
    assert silent.value.reason.isidentifier()
    mooded(Mood.PROMPT)
    known = played.adapters[name].query(ask.charge_id).standing
    assert (known is ChargeStanding.UNKNOWN) == (mood is Mood.LOST)


@pytest.mark.parametrize("fault", ["/empty", "/wrong-type", "/500", "/garbage", "/reset", "/redirect-loop"])
def test_whatever_a_server_does_a_charge_is_in_doubt_and_no_list_is_half(fault: str) -> None:
    """Told of the one whose messages all go to one address; they all leave by the same door."""
    name = "xinlian"
    ours, theirs = key_pair("city"), key_pair("network")
    with FaultServer() as server:
        server.answers = {fault: (200, b"")} if fault == "/empty" else {}
        fetcher = HardenedFetcher()
        address = NetworkAddress(
            server.url(fault), APP, KEY, private_key=ours[0], public_key=theirs[1], networks=HERE
        )
        network = CHARGE_NETWORKS[name](fetcher, address)
        for call in (
            lambda: network.request(an_ask()),
            lambda: network.query("one"),
            lambda: network.refund("one", "two", 3),
            lambda: network.entries(TODAY),
        ):
            with pytest.raises(NetworkSilent):
                call()
        fetcher.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_call_is_believed_only_as_it_was_signed(played: Networks, name: str, clock: SetClock) -> None:
    player = {"xinlian": played.xinlian, "bolink": played.bolink, "demo": played.payer}[name]
    ask = paid(played, name)
    order = player.book.orders[ask.charge_id]
    body = player.message(player._told(order)) if name == "demo" else player.notice(order, "paid")
    network = played.adapters[name]
    answer = network.read_callback(Callback({}, body, NOW))
    assert (answer.charge_id, answer.standing, answer.amount_fen) == (
        ask.charge_id,
        ChargeStanding.PAID,
        700,
    )
    assert orjson.loads(network.acknowledge(answer))
    spoilt = [
        body.replace(b"700", b"100").replace(b"7.00", b"1.00"),
        body.replace(APP.encode(), b"other"),
        body[:-10],
        body[:20],
        b"[]",
        "\ud800".encode("utf-16", "surrogatepass"),
    ]
    for each in spoilt:
        with pytest.raises(CallbackRefused):
            network.read_callback(Callback({}, each, NOW))


def test_an_old_call_of_the_payer_is_refused(played: Networks) -> None:
    ask = paid(played, "demo")
    body = played.payer.message(played.payer._told(played.payer.book.orders[ask.charge_id]))
    with pytest.raises(CallbackRefused):
        played.adapters["demo"].read_callback(Callback({}, body, NOW + timedelta(minutes=6)))


def test_a_deduction_of_xinlian_is_written_as_its_public_sample() -> None:
    sample = orjson.loads((RECORDED / "xinlian_fee.json").read_bytes())
    ask = an_ask(
        charge_id="2026022111104200012346",
        lot_name="西门出口",
        lane_key="fe71e106",
        entered_at=datetime(2026, 2, 21, 1, 5, 3, tzinfo=UTC),
        left_at=datetime(2026, 2, 21, 3, 10, 40, tzinfo=UTC),
    )
    zone = NetworkAddress("http://x", APP).zone
    params = xinlian.ask_params(ask, zone)
    assert {**params, "notify_url": ""} == {**sample["params"], "notify_url": ""}
    ours = key_pair("city")
    signer = xinlian.Signer(ours[0], ours[1])
    outer = orjson.loads(xinlian.envelope(signer, APP, xinlian.ASK, sample["waste_sn"], params))
    signer.verify(outer["data"], outer["sign"])
    with pytest.raises(xinlian.NotTheirs):
        signer.verify(outer["data"] + " ", outer["sign"])
    assert len(xinlian.waste_sn(NOW, zone, 7)) == len(sample["waste_sn"])


def test_a_deduction_of_bolink_has_the_fields_of_etc_pay_and_its_signature() -> None:
    sample = orjson.loads((RECORDED / "bolink_etc_pay.json").read_bytes())
    body = bolink.form("200208", KEY, bolink.ask_fields(an_ask(), "my"))
    form = {key: value[0] for key, value in parse_qs(body.decode()).items()}
    told = orjson.loads(form["data"])
    left_out = {"empty_plot"}
    assert set(sample) - left_out <= set(told)
    assert {type(told[key]) for key in ("in_time", "out_time")} == {int}
    assert (told["total"], told["park_id"], told["lane_no"]) == ("7.00", "1313", "000123")
    assert form["sign"] == md5(f"{form['data']}key={KEY}".encode()).hexdigest().upper()


def test_money_is_read_to_the_fen_or_not_at_all() -> None:
    for fen in (0, 1, 99, 100, 650, -250):
        assert fen_of_yuan({"total": yuan(fen)}, "total") == fen
    for wrong in ("0.001", "NaN", "1e99", "seven", "Infinity"):
        with pytest.raises(ValueError, match="total"):
            fen_of_yuan({"total": wrong}, "total")


@pytest.mark.parametrize("name", NAMES)
def test_a_network_without_its_keys_is_not_set_up(name: str) -> None:
    with pytest.raises(ValueError, match="needs"):
        CHARGE_NETWORKS[name](HardenedFetcher(), NetworkAddress("http://x.invalid", APP))
