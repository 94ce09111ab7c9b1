"""What a file is, by its first bytes: what a client says about it, and its name, do not count."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContentType:
    """One type that is taken: how it begins, and how its files are named, the usual way first."""

    name: str
    begins: Callable[[bytes], bool]
    endings: tuple[str, ...]


def _with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _is_webp(content: bytes) -> bool:
    return content.startswith(b"RIFF") and content[8:12] == b"WEBP"


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"msf1"}


# None of them is a page or a program, and each begins with its own signature: what a browser or
# a shell would run begins otherwise.
ALLOWED = (
    ContentType("application/pdf", _with(b"%PDF-"), (".pdf",)),
    ContentType("image/png", _with(b"\x89PNG\r\n\x1a\n"), (".png",)),
    ContentType("image/jpeg", _with(b"\xff\xd8\xff"), (".jpg", ".jpeg", ".jpe", ".jfif")),
    ContentType("image/gif", _with(b"GIF87a", b"GIF89a"), (".gif",)),
    ContentType("image/webp", _is_webp, (".webp",)),
    ContentType("image/heic", _is_heic, (".heic", ".heif")),
)


def content_type_of(content: bytes) -> ContentType | None:
    """None for what is not taken."""
    return next((kind for kind in ALLOWED if kind.begins(content)), None)
