"""The message by which Elasticsearch's launcher hands a node its settings, so that we need no launcher JVM.

The launcher (a second JVM of 110 MB that lives as long as the node and costs some seconds) writes a `ServerArgs`
in Elasticsearch's own wire format to the node's standard input. The version is locked by hash, so the format is too;
an integration test starts a real node from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

KEYSTORE_CLASS = "org.elasticsearch.common.settings.KeyStoreWrapper"
KEYSTORE_FORMAT = 6  # The one that 8.17 writes.
SEED_SETTING = "keystore.seed"


def server_args(settings: Mapping[str, str], config: Path, logs: Path, seed: bytes) -> bytes:
    """Encode a node's start message.

    Args:
        settings: what else would stand in `elasticsearch.yml`, flat.
        config: folder of the configuration.
        logs: folder of the logs.
        seed: 20 random characters, as every keystore has.
    """
    keystore = (
        KEYSTORE_FORMAT.to_bytes(4, "big")
        + b"\0"  # has no password
        + b"\0"  # no encrypted bytes: the entries follow in the clear, on a pipe
        + _vint(1)
        + _string(SEED_SETTING)
        + _bytes(seed)
        + _bytes(hashlib.sha256(seed).digest())
        + b"\0"  # not closed
    )
    flat = b"".join(_string(key) + b"\0" + _string(value) for key, value in sorted(settings.items()))
    return (
        b"\0"  # do not daemonize
        + b"\0"  # keep the console, for errors before the logs are open
        + b"\0"  # no pid file
        + _string(KEYSTORE_CLASS)
        + keystore
        + _vint(len(settings))
        + flat
        + _string(str(config))
        + _string(str(logs))
    )


def _vint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def _bytes(value: bytes) -> bytes:
    return _vint(len(value)) + value


def _string(text: str) -> bytes:
    """Length in UTF-16 units, then each unit in one to three bytes."""
    units = text.encode("utf-16-be")
    out = bytearray(_vint(len(units) // 2))
    for high, low in zip(units[::2], units[1::2], strict=True):
        unit = high << 8 | low
        if unit < 0x80:
            out.append(unit)
        elif unit < 0x800:
            out += bytes([0xC0 | unit >> 6, 0x80 | unit & 0x3F])
        else:
            out += bytes([0xE0 | unit >> 12, 0x80 | unit >> 6 & 0x3F, 0x80 | unit & 0x3F])
    return bytes(out)
