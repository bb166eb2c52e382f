"""Is a body held within its bounds, whatever its compression says?"""

import gzip
import io
import zlib

import pytest

from integrations.http_bodies import BrokenOff, Inflater, TooLarge, Undecodable, read_body


class _Sent(io.BytesIO):
    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        assert decode_content is False
        return super().read1(amt if amt is not None else -1)


TEXT = "停车场".encode() * 500
RAW_DEFLATE = zlib.compressobj(wbits=-15)
CODED = {
    "": TEXT,
    "identity": TEXT,
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    " Deflate ": RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush(),
}


@pytest.mark.parametrize("coding", CODED)
def test_every_coding_that_we_ask_for_is_undone(coding: str) -> None:
    assert read_body(_Sent(CODED[coding]), coding, len(TEXT)) == TEXT


@pytest.mark.parametrize("coding", CODED)
def test_one_byte_over_the_limit_is_too_large(coding: str) -> None:
    with pytest.raises(TooLarge):
        read_body(_Sent(CODED[coding]), coding, len(TEXT) - 1)


def test_a_gzip_bomb_never_fills_more_than_the_limit() -> None:
    inflater = Inflater(1000)
    with pytest.raises(TooLarge):
        inflater.feed(gzip.compress(bytes(50_000_000)))
    assert len(inflater.body) == 1001


def test_a_bomb_in_many_small_members_never_fills_more_than_the_limit() -> None:
    inflater = Inflater(1000)
    with pytest.raises(TooLarge):
        inflater.feed(gzip.compress(bytes(300)) * 10_000)
    assert len(inflater.body) == 1001


def test_an_empty_answer_is_empty_even_when_called_gzip() -> None:
    assert read_body(_Sent(b""), "gzip", 10) == b""


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "compress"])
def test_a_coding_that_we_never_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(Undecodable):
        read_body(_Sent(b"lots"), coding, 100)


def test_compressed_data_that_stops_in_the_middle_is_broken_off() -> None:
    with pytest.raises(BrokenOff):
        read_body(_Sent(gzip.compress(TEXT)[:-9]), "gzip", 100_000)


@pytest.mark.parametrize(
    "data", [b"no gzip", gzip.compress(TEXT)[:30] + b"broken" * 20, gzip.compress(b"x", mtime=0) + b"tail"]
)
def test_data_that_is_no_gzip_is_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        read_body(_Sent(data), "gzip", 100_000)
