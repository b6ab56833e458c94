"""Finding the frame of an answer page on a scan: code, corner squares, and the page laid straight."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from softmark.rendering.bubble_frame import MARKER_SIDE, QR_SIDE, QR_TOP, Frame, frame_of

#: pixels a millimetre of a page laid straight (203 dots an inch)
SCALE = 8
#: how far from where the code says a corner may lie, in millimetres
REACH = 14.0
#: how far off the code may lie once the corners are laid straight
MOST_OFF = 1.5
Points = Any


def size_of(frame: Frame) -> tuple[int, int]:
    """Height and width of a page laid straight, in pixels."""
    return round(frame.height * SCALE), round(frame.width * SCALE)


def _code(frame: Frame) -> tuple[tuple[float, float], ...]:
    """The corners of the code, clockwise from the top left, in millimetres."""
    left, right, low = frame.qr_left, frame.qr_left + QR_SIDE, QR_TOP + QR_SIDE
    return (left, QR_TOP), (right, QR_TOP), (right, low), (left, low)


def look_at(grey: Any) -> dict[str, Any]:
    """What a page is: its code and its pixels laid straight, or why not.

    The keys are `code` and `pixels`, or `problem`, or `blank`.
    """
    found, foreign = _codes(grey)
    if found is None:
        if foreign:
            return {"problem": "is a foreign page (its code is not softmark's)"}
        if _is_blank(grey):
            return {"blank": True}
        return {"problem": "has no readable code; look at it, or scan the page again"}
    text, corners = found
    frame = frame_of(text)
    markers, missing = _markers(grey, corners, frame)
    if missing > 2:
        return {"code": text, "problem": f"shows only {4 - missing} of the four corner squares; scan the "
                                         "whole page, flat"}
    warp = _warp(markers, corners, frame)
    if warp is None or _off(warp, corners, frame) > MOST_OFF:
        return {"code": text, "problem": "is bent or torn: its code and corner squares do not fit "
                                         "together; scan it again, flat"}
    # pixels have their middles at halves
    straight = cv2.warpPerspective(grey, _shift(-0.5) @ warp @ _shift(0.5), size_of(frame)[::-1],
                                   flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return {"code": text, "pixels": straight}


def _warp(markers: list[Any], corners: Points, frame: Frame) -> Any:
    """From pixels of the scan to pixels of the page laid straight.

    Four squares undo any perspective; from fewer, as when a page lay askew on the glass and lost a
    corner, only turns and stretches can be told.
    """
    from_page = [point for point in markers if point is not None]
    to_page = [place for point, place in zip(markers, frame.markers, strict=True) if point is not None]
    if len(from_page) == 4:
        return cv2.findHomography(_floats(from_page), _floats(to_page) * SCALE, 0)[0]
    from_page += list(_floats(corners))
    to_page += list(_code(frame))
    return np.vstack([_affine(from_page, [np.multiply(place, SCALE) for place in to_page]), [0, 0, 1]])


def _floats(points: Any) -> Any:
    return np.array(points, dtype=np.float64)


def _shift(by: float) -> Any:
    return np.array([[1, 0, by], [0, 1, by], [0, 0, 1.0]])


def _off(warp: Any, corners: Points, frame: Frame) -> float:
    """How far from its place the code lies, in millimetres."""
    laid = cv2.perspectiveTransform(_floats(corners)[None], warp)[0] / SCALE
    return float(np.abs(laid - _floats(_code(frame))).max())


def _codes(grey: Any) -> tuple[tuple[str, Points] | None, bool]:
    """The text and corners of our code, and whether there is another."""
    import zxingcpp

    wanted: Any = zxingcpp.BarcodeFormat.QRCode
    foreign = False
    for attempt in range(3):
        image, scale = grey, 1.0
        if attempt == 1:
            image = cv2.GaussianBlur(grey, (0, 0), 1.2)
        elif attempt == 2:
            scale = 1.5
            image = cv2.createCLAHE(2.0, (8, 8)).apply(cv2.resize(grey, None, fx=scale, fy=scale))
        for code in zxingcpp.read_barcodes(np.ascontiguousarray(image),
                                           formats=wanted):
            at = code.position
            corners = [(point.x / scale, point.y / scale) for point in
                       (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
            if code.text.startswith("SM:") and len(code.text) < 60:
                return (code.text, corners), foreign
            foreign = True
        if foreign:
            break
    return None, foreign


def _is_blank(grey: Any) -> bool:
    small = cv2.resize(grey, (210, 297), interpolation=cv2.INTER_AREA)[12:-12, 12:-12]
    return bool((small < np.median(small) - 40).mean() < 0.004)


def _markers(grey: Any, corners: Points, frame: Frame) -> tuple[list[Any], int]:
    """The middles of the corner squares, None for one not found, and how many were not."""
    code = _floats(corners)
    across = (np.linalg.norm(code[1] - code[0]) + np.linalg.norm(code[2] - code[3])) / 2
    along = (np.linalg.norm(code[3] - code[0]) + np.linalg.norm(code[2] - code[1])) / 2
    unit = float(across + along) / 2 / QR_SIDE
    squares = _squares(grey, unit)
    known, places = list(code), list(_code(frame))
    found: list[Any] = [None] * 4
    # nearest to the code first: each one found says better where the next must be
    for number in (1, 2, 0, 3):
        guess = cv2.transform(_floats([frame.markers[number]])[None],
                              _affine(places, known))[0, 0]
        near = [(float(np.hypot(*(middle - guess))), n) for n, (middle, hole) in enumerate(squares)
                if hole == (number == 0)]
        if near and min(near)[0] < REACH * unit:
            found[number] = squares[min(near)[1]][0]
            known.append(found[number])
            places.append(frame.markers[number])
    return found, sum(one is None for one in found)


def _affine(places: list[Any], points: list[Any]) -> Any:
    """The affine map from millimetres to pixels that fits best."""
    rows: Any = np.hstack([_floats(places), np.ones((len(places), 1))])
    return np.linalg.lstsq(rows, _floats(points), rcond=None)[0].T


def _squares(grey: Any, unit: float) -> list[tuple[Any, bool]]:
    """Everything that looks like a corner square: its middle, and whether it has a hole."""
    block = int(15 * unit) | 1
    dark = cv2.adaptiveThreshold(cv2.GaussianBlur(grey, (0, 0), 0.8), 255, cv2.ADAPTIVE_THRESH_MEAN_C,
                                 cv2.THRESH_BINARY_INV, block, 30)
    contours, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    side = MARKER_SIDE * unit
    found = []
    for contour in contours:
        if not 2.4 * side < len(contour) < 6.5 * side:
            continue
        area = cv2.contourArea(contour)
        box = cv2.minAreaRect(contour)
        wide, high = box[1]
        if not (0.65 * side**2 < area < 1.45 * side**2 and 0.75 < wide / max(high, 1e-6) < 1.33
                and area > 0.85 * wide * high):
            continue
        moments = cv2.moments(contour)
        middle = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
        inner = _mean(dark, middle, 0.12 * side)
        ring = _mean(dark, middle, 0.42 * side)
        hole = inner < 128
        if hole or ring > 230:
            # contours run through the middles of pixels; coordinates count from their corners
            found.append((middle + 0.5, hole))
    return found


def _mean(dark: Any, middle: Any, half: float) -> float:
    x, y = round(float(middle[0])), round(float(middle[1]))
    reach = max(1, int(half))
    part = dark[max(0, y - reach):y + reach + 1, max(0, x - reach):x + reach + 1]
    return float(part.mean()) if part.size else 255.0
