"""Which addresses are open to a source, and which only inside an allowed range?"""

import socket
from ipaddress import ip_address
from threading import Event

import pytest

from integrations.http_addresses import AddressRefused, Resolver, choose, is_public

PUBLIC = ["8.8.8.8", "114.114.114.114", "223.5.5.5", "2606:4700:4700::1111", "240e:4c:4008::1"]
PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_open(address: str) -> None:
    assert is_public(ip_address(address))
    assert choose([address], 443, ()) == address


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused):
        choose([address], 80, ())


def test_an_allowed_range_opens_its_own_addresses_and_any_port_and_nothing_else() -> None:
    assert choose(["10.20.0.7"], 9000, ("10.20.0.0/16",)) == "10.20.0.7"
    assert choose(["::ffff:10.20.0.7"], 9000, ("10.20.0.0/16",)) == "::ffff:10.20.0.7"
    for refused in ("10.21.0.7", "127.0.0.1", "192.168.0.1"):
        with pytest.raises(AddressRefused):
            choose([refused], 80, ("10.20.0.0/16",))


@pytest.mark.parametrize("port", [22, 25, 3306, 5432, 6379, 9200])
def test_a_public_address_is_open_at_the_ports_of_the_web_only(port: int) -> None:
    with pytest.raises(AddressRefused, match=str(port)):
        choose(["8.8.8.8"], port, ())


def test_of_a_name_with_several_addresses_only_one_that_is_open_is_taken() -> None:
    assert choose(["::1", "127.0.0.1"], 8000, ("127.0.0.0/8",)) == "127.0.0.1"
    assert choose(["10.0.0.1", "8.8.8.8"], 80, ()) == "8.8.8.8"


def test_a_range_that_is_not_well_formed_opens_nothing() -> None:
    with pytest.raises(AddressRefused):
        choose(["10.0.0.1"], 80, ("10.0.0.0/40",))


def test_a_look_up_that_hangs_is_given_up_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    release = Event()
    real = socket.getaddrinfo

    def slow(host: str, *args: object, **kwargs: object) -> object:
        if host == "hangs.example":
            release.wait(30)
        return real("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    resolver = Resolver(threads=2)
    with pytest.raises(TimeoutError):
        resolver.addresses("hangs.example", 80, 0.05)
    assert resolver.addresses("answers.example", 80, 10) == ["127.0.0.1"]
    release.set()


def test_a_name_that_nobody_knows_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(socket.gaierror):
        Resolver().addresses("nobody.example", 80, 5)
