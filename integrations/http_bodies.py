"""What did the other side send, and is it still within bounds? Never more than the limit is ever held."""

from __future__ import annotations

import zlib
from typing import Protocol

_CHUNK = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_RAW_DEFLATE = -zlib.MAX_WBITS


class TooLarge(Exception):
    """More than the limit, before or after decompression."""


class Undecodable(Exception):
    """The content coding is not one that we asked for, or the coded data is broken."""


class BrokenOff(Exception):
    """The coded data ended in the middle."""


class Raw(Protocol):
    """The part of urllib3's response that is used here."""

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes: ...


class Inflater:
    """Undoes gzip or deflate and never writes past `limit` bytes, however small the input was."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._unzip = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._begun = False
        self.body = bytearray()

    def feed(self, data: bytes) -> None:
        while data:
            if self._unzip.eof:
                # A gzip file may have several members; anything else after the end is no gzip.
                self._unzip = zlib.decompressobj(_GZIP_OR_ZLIB)
            self.body += self._inflate(data)
            if len(self.body) > self._limit:
                raise TooLarge
            data = self._unzip.unused_data or self._unzip.unconsumed_tail

    def _inflate(self, data: bytes) -> bytes:
        room = self._limit - len(self.body) + 1
        try:
            inflated = self._unzip.decompress(data, room)
        except zlib.error:
            if self._begun:
                raise Undecodable("the compressed data is broken") from None
            # "deflate" means zlib, but some servers send it bare.
            self._unzip = zlib.decompressobj(_RAW_DEFLATE)
            try:
                inflated = self._unzip.decompress(data, room)
            except zlib.error:
                raise Undecodable("the compressed data is broken") from None
        self._begun = True
        return inflated

    def finish(self) -> bytes:
        if not self._unzip.eof:
            raise BrokenOff("the compressed data ends in the middle")
        return bytes(self.body)


def read_body(raw: Raw, coding: str, limit: int) -> bytes:
    """The whole body, decompressed. Raises TooLarge, Undecodable, BrokenOff and what the socket raises."""
    coding = coding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Undecodable("an unknown content coding")
    inflater = Inflater(limit) if coding not in ("", "identity") else None
    plain = bytearray()
    received = 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        if received > limit:
            raise TooLarge
        if inflater is None:
            plain += chunk
        else:
            inflater.feed(chunk)
    if inflater is None or received == 0:
        return bytes(plain)
    return inflater.finish()
