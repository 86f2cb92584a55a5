"""The bytes of a file, unpacked."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import zstandard

from seqloom.errors import DataError

__all__ = ["read_bytes", "unpack_bytes"]

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def read_bytes(path: Path) -> bytes:
    """The whole content of a file, unpacked if it is gz or zst.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        The content. The first bytes decide whether it is packed; the ending only raises an expectation.

    Raises
    ------
    DataError
        If it is not there, is a folder, may not be read, or is cut off or damaged.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the path
        raise DataError("there is no such file or folder. Check the path.", path=path) from None
    except IsADirectoryError:
        raise DataError("this is a folder, and a file was expected.", path=path) from None
    except OSError as error:
        raise DataError(f"it cannot be read ({_say(error)}). Check its permissions.", path=path) from None
    return unpack_bytes(data, path=path)


def unpack_bytes(data: bytes, *, path: Path) -> bytes:
    """The content of a packed file; the bytes themselves if they are not packed.

    Parameters
    ----------
    data : bytes
        What stands in the file.
    path : Path
        Its name, for the error and for the ending it promises.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    DataError
        If it is cut off or damaged, or its ending says gz or zst and it is not.
    """
    ending = path.suffix.lower()
    if data.startswith(_GZIP_MAGIC):
        return _unpack_gzip(data, path=path)
    if data.startswith(_ZSTD_MAGIC):
        return _unpack_zstd(data, path=path)
    if ending in (".gz", ".zst") and data:
        raise DataError(f"its name ends in {ending}, but it is not packed so. Rename it, or pack it again.", path=path)
    return data


def _unpack_gzip(data: bytes, *, path: Path) -> bytes:
    try:
        return gzip.decompress(data)
    except EOFError:
        raise _cut_off(path) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, error) from None


def _unpack_zstd(data: bytes, *, path: Path) -> bytes:
    parts = []
    while data:  # a file may be several frames, one behind the other
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        try:
            parts.append(unpacker.decompress(data))
        except zstandard.ZstdError as error:
            raise _damaged(path, error) from None
        # zstandard gives what it has of a frame that is cut off and says nothing: only ``eof`` tells.
        if not unpacker.eof:
            raise _cut_off(path)
        data = unpacker.unused_data
    return b"".join(parts)


def _cut_off(path: Path) -> DataError:
    return DataError("the packed file is cut off before its end. Copy or download it again.", path=path)


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"the packed file is damaged ({error}). Copy or download it again.", path=path)


def _say(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
