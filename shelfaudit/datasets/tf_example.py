"""TFRecord files and the `tf.train.Example` messages in them, without TensorFlow.

The framing is that of TensorFlow's record_writer.cc: length, its checksum, data, its checksum; checksums are CRC-32C,
masked. The messages are those of example.proto and feature.proto in protobuf's wire format. Reading them here keeps
the application free of TensorFlow, and a damaged record costs only itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import google_crc32c
import numpy as np

Feature = list[bytes] | list[int] | list[float]
"""The values of one feature: all of one type."""

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3
_MOST_BYTES = 1 << 30


class DamagedRecord(Exception):
    """A record's checksum is wrong; `position` is its number, from 1. What comes behind it can still be read."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"record {number}: the checksum is wrong")


class DamagedFile(Exception):
    """From here on the file cannot be read."""


def masked_crc(data: bytes) -> int:
    """TensorFlow's checksum of some bytes: CRC-32C, rotated and shifted."""
    crc = int(google_crc32c.value(data))
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def write_record(stream: BinaryIO, data: bytes) -> None:
    """Append one record."""
    length = struct.pack("<Q", len(data))
    stream.write(length + _CHECKSUM.pack(masked_crc(length)) + data + _CHECKSUM.pack(masked_crc(data)))


def read_records(stream: BinaryIO) -> Iterator[bytes | DamagedRecord]:
    """The records of a file in order; where one is damaged, that in its place.

    Raises:
        DamagedFile: a length cannot be trusted or the file ends within a record.
        OSError: the file cannot be read.
    """
    number = 0
    while header := stream.read(_HEADER.size):
        number += 1
        if len(header) < _HEADER.size:
            raise DamagedFile(f"the file ends within record {number}")
        length, checksum = _HEADER.unpack(header)
        if masked_crc(header[:8]) != checksum or length > _MOST_BYTES:
            raise DamagedFile(f"record {number} does not begin as one of a TFRecord file")
        data = stream.read(length + _CHECKSUM.size)
        if len(data) < length + _CHECKSUM.size:
            raise DamagedFile(f"the file ends within record {number}")
        intact = masked_crc(data[:length]) == _CHECKSUM.unpack(data[length:])[0]
        yield data[:length] if intact else DamagedRecord(number)


def encode_example(features: Mapping[str, Feature]) -> bytes:
    """A `tf.train.Example`; features in the order given."""
    entries = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, _encode_feature(values))) for name, values in features.items()
    )
    return _field(1, entries)


def decode_example(data: bytes) -> dict[str, Feature]:
    """The features of a `tf.train.Example`, by name; one without values is an empty list.

    Raises:
        ValueError: the bytes are none.
    """
    features: dict[str, Feature] = {}
    for number, value in _fields(data):
        if number == 1:
            for entry_number, entry in _fields(_bytes(value)):
                if entry_number == 1:
                    name, feature = _map_entry(_bytes(entry))
                    features[name] = feature
    return features


def _encode_feature(values: Feature) -> bytes:
    first = values[0] if values else b""
    if isinstance(first, bytes):
        return _field(_BYTES_LIST, b"".join(_field(1, value) for value in values if isinstance(value, bytes)))
    if isinstance(first, float):
        return _field(_FLOAT_LIST, _field(1, np.array(values, dtype="<f4").tobytes()))
    return _field(_INT64_LIST, _field(1, b"".join(_varint(int(value) & 0xFFFFFFFFFFFFFFFF) for value in values)))


def _map_entry(data: bytes) -> tuple[str, Feature]:
    name, feature = "", b""
    for number, value in _fields(data):
        if number == 1:
            name = _bytes(value).decode("utf-8", errors="replace")
        elif number == 2:
            feature = _bytes(value)
    values: Feature = []
    for kind, packed in _fields(feature):
        content = _bytes(packed)
        if kind == _BYTES_LIST:
            values = [_bytes(value) for number, value in _fields(content) if number == 1]
        elif kind == _FLOAT_LIST:
            values = [number for _, value in _fields(content) for number in _floats(value)]
        elif kind == _INT64_LIST:
            values = [number for _, value in _fields(content) for number in _integers(value)]
    return name, values


def _floats(value: bytes | int) -> Sequence[float]:
    if isinstance(value, int):  # not packed
        return [struct.unpack("<f", struct.pack("<I", value))[0]]
    if len(value) % 4:
        raise ValueError("packed floats end within one")
    floats: list[float] = np.frombuffer(value, dtype="<f4").astype(np.float64).tolist()
    return floats


def _integers(value: bytes | int) -> Sequence[int]:
    if isinstance(value, int):  # not packed
        return [_signed(value)]
    numbers, position = [], 0
    while position < len(value):
        number, position = _read_varint(value, position)
        numbers.append(_signed(number))
    return numbers


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Number and value of each field of a message; lengths as bytes, everything else as a number."""
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _read_varint(data, position)
            yield number, value
            continue
        if kind == _LENGTH:
            length, position = _read_varint(data, position)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"a field of the unknown kind {kind}")
        content = data[position : position + length]
        if len(content) < length:
            raise ValueError("a field is longer than its message")
        position += length
        yield number, content if kind == _LENGTH else int.from_bytes(content, "little")


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
    raise ValueError("a number has no end")


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message should be")
    return value
