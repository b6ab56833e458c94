"""Streams and signed paper ids, from the bank's secret through a keyed hash.

The same call gives the same paper; neighbouring students share nothing; somebody who has the
source but not the secret can compute neither the draw nor an id.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from softmark.worksheet.draws import Rng

#: Crockford's alphabet: no I, L, O, U, so that ids can be read aloud
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("ILO", "110")
ID_LENGTH = 8


def keyed(secret: bytes, *parts: object) -> bytes:
    """HMAC-SHA256 of the parts, each with its length before it."""
    mac = hmac.new(secret, digestmod=sha256)
    for part in parts:
        data = str(part).encode()
        mac.update(len(data).to_bytes(8, "big") + data)
    return mac.digest()


def stream(secret: bytes, *parts: object) -> Rng:
    """The private stream of draws named by the parts."""
    return Rng(keyed(secret, "stream", *parts))


def paper_id(secret: bytes, quiz: str, student: str, attempt: int) -> str:
    """A short id such as K7QM-3X9P-2: eight signs that reveal nothing, and a check sign."""
    number = int.from_bytes(keyed(secret, "paper", quiz, student, attempt)[:5], "big")
    signs = "".join(ALPHABET[(number >> 5 * place) & 31] for place in range(ID_LENGTH))
    return f"{signs[:4]}-{signs[4:]}-{_check(secret, signs)}"


def _check(secret: bytes, signs: str) -> str:
    """The check sign: a sum of the signs in GF(32), each with a weight of its own.

    So no id fits in which one sign is misread or any two are exchanged. The sum starts from a number
    of the bank's, by which most ids of other banks are told from its own; that nobody can guess
    an id comes from the eight signs themselves.
    """
    total = 0
    for sign in signs:
        total = _doubled(total ^ ALPHABET.index(sign))
    return ALPHABET[total ^ keyed(secret, "check")[0] & 31]


def _doubled(number: int) -> int:
    # in GF(32) with x^5 + x^2 + 1, whose x generates all of it: its first 31 powers differ
    return number << 1 ^ (0b100101 if number & 16 else 0)


def normal_id(text: str) -> str:
    """An id as typed (lower case, O for 0, no dashes) in its printed form."""
    signs = "".join(c for c in text.upper().translate(_ALIKE) if c in ALPHABET)
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}" if len(signs) == ID_LENGTH + 1 else text.strip()


def looks_like_id(text: str) -> bool:
    """Has it as many signs as an id?"""
    return len(normal_id(text).replace("-", "")) == ID_LENGTH + 1


def is_signed(secret: bytes, text: str) -> bool:
    """Is this an id that the bank could have given? One misread or two exchanged signs are found."""
    signs = normal_id(text).replace("-", "")
    return looks_like_id(text) and _check(secret, signs[:-1]) == signs[-1]


def seal(secret: bytes, paper_id: str) -> str:
    """What a paper says of itself to programs: its id, a mark of the bank, and a signature."""
    return f"{paper_id} {_signs(keyed(secret, 'bank'), 8)} {_signs(keyed(secret, 'seal', paper_id), 16)}"


def unseal(secret: bytes, text: str) -> tuple[str, str]:
    """The paper id in a seal, and whether it is "good", "foreign" (another bank's) or "tampered"."""
    identity, _, rest = text.partition(" ")
    same = hmac.compare_digest(text.encode(), seal(secret, identity).encode())
    if same:
        return identity, "good"
    sign = f"[{ALPHABET}]"
    whole = re.fullmatch(rf"{sign}{{4}}-{sign}{{4}}-{sign} {sign}{{8}} {sign}{{16}}", text)
    ours = rest.startswith(_signs(keyed(secret, "bank"), 8))
    return identity, "foreign" if whole and not ours else "tampered"


def _signs(data: bytes, count: int) -> str:
    number = int.from_bytes(data, "big")
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in range(count))
