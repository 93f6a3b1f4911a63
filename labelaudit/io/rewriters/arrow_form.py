"""How the record batches of an Arrow file or stream are compressed."""

from __future__ import annotations

import struct
from typing import Any

from pyarrow import ipc

CODECS = ("lz4", "zstd")
MESSAGE_HEADER, BATCH_COMPRESSION, CODEC = 2, 3, 0
"""Numbers of fields in the tables of Arrow's Message.fbs."""


def compression(source: Any) -> str | None:
    """The codec that the first record batch names.

    pyarrow decodes it silently, so the message's flatbuffer is asked.

    Args:
        source: a stream of messages; a file from behind its magic bytes.

    Returns:
        "lz4", "zstd", or None for batches that are not compressed.
    """
    for message in ipc.MessageReader.open_stream(source):
        if message.type == "record batch":
            return _codec(message.metadata.to_pybytes())
    return None


def _codec(message: bytes) -> str | None:
    header = _table(message, _field(message, _table(message, 0), MESSAGE_HEADER))
    at = _field(message, header, BATCH_COMPRESSION)
    if at == 0:
        return None
    codec = _field(message, _table(message, at), CODEC)
    return CODECS[message[codec] if codec else 0]


def _table(message: bytes, at: int) -> int:
    """Where the table starts to which the offset at this place leads."""
    return at + int(struct.unpack_from("<I", message, at)[0])


def _field(message: bytes, table: int, number: int) -> int:
    """Where a field of a table stands; 0 when it is left out."""
    fields = table - int(struct.unpack_from("<i", message, table)[0])
    n_bytes = int(struct.unpack_from("<H", message, fields)[0])
    at = 4 + 2 * number
    offset = int(struct.unpack_from("<H", message, fields + at)[0]) if at < n_bytes else 0
    return table + offset if offset else 0
