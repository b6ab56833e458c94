"""Speed of detectors: frames per second, time for an image, speed-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.counting import seconds_per_image
from softmark.worksheet import Integer, Number, Rng, Step, Steps, Template, Vector, given

NAMES = ("Detector A", "Detector B", "Detector C", "Detector D", "Detector E", "Detector F")
#: images per second whose times come out even
EVEN = (("0.16", "0.2", "0.25", "0.4", "0.5", "0.8"), ("1.25", "1.6", "2", "2.5", "4", "5", "6.25", "8"),
        ("10", "12.5", "16", "20", "25", "40", "50", "62.5", "80"))


class DetectorArithmetic(Template):
    """The slow ones are timed in seconds, the fast ones in milliseconds; mind the unit."""

    title: ClassVar[str] = "How fast is a detector?"
    exact: ClassVar[bool] = True
    # whether proposals are asked for is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Detectors are compared on the same images, one image after the other. FPS is the number of images
(frames) in one second.

| detector | FPS $f$ |
|---|---|
{% for name in names %}| {{ name }} | {{ p.shown(fps[loop.index0]) }} |
{% endfor %}

How long does each take for one image, in **{{ 'milliseconds' if unit == 'ms' else 'seconds' }}**? How
many times as fast as {{ names[0] }} is each of the others (its FPS over the FPS of {{ names[0] }})?
{% if images > 0 %}How long does each take for ${{ named('images') }}$ images, in seconds?
{% endif %}
{% if regions > 0 %}Another detector looks at ${{ named('regions') }}$ regions of each image. Its network
takes ${{ named('crop') }}$ milliseconds for a region if it runs anew for each. If it runs **once** over
the whole image, that takes ${{ named('shared') }}$ milliseconds, and each region ${{ named('head') }}$
milliseconds more. How long does an image take either way, in seconds, how many FPS is each, and how many
times as fast is the second way?{% endif %}
"""

    names: tuple[str, ...] = given(about="the detectors; the first is the one to compare with",
                                   min_length=2, max_length=6)
    fps: Vector = given("f", about="images per second")
    unit: Literal["s", "ms"] = "s"
    images: Integer = given("n", default=0, ge=0, le=10**6, about="images to process, 0 for no question")
    regions: Integer = given("R", default=0, ge=0, le=10**5, about="regions of an image, 0 for none")
    crop: Number = given(r"t_{\text{region}}", default=Decimal(0), ge=0, le=10**6,
                         about="time of the network for one region, ms")
    shared: Number = given(r"t_{\text{image}}", default=Decimal(0), ge=0, le=10**6,
                           about="time of the network for the image, ms")
    head: Number = given(r"t_{\text{head}}", default=Decimal(0), ge=0, le=10**6,
                         about="time for each region after that, ms")

    @model_validator(mode="after")
    def _timed(self) -> Self:
        if len(self.fps) != len(self.names):
            raise ValueError("names and fps need one entry a detector")
        if min(self.fps) <= 0 or max(self.fps) > 10**5:
            raise ValueError("fps: a detector handles more than 0 and at most 100,000 images a second")
        if len(set(self.names)) < len(self.names) or max(map(len, self.names)) > 30:
            raise ValueError("names must differ and have at most 30 characters")
        if self.regions and not min(self.crop, self.shared, self.head) > 0:
            raise ValueError("with regions, crop, shared and head must be above 0")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        return {"fps": ([str(i + 1) for i in range(len(self.names))],)}

    @staticmethod
    def shown(value: Any) -> str:
        return f"{value.normalize():f}"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        slow = rng.decimal("0.03", "0.19", 2) if level == "medium" else rng.decimal("0.2", "0.9", 2)
        speeds = [slow, rng.decimal("1.1", "9.9", 1), rng.decimal(11, 95, 0)]
        if level == "easy":
            speeds = [rng.choice(row) for row in EVEN]
        if level == "medium":
            speeds.insert(1, rng.decimal("0.25", "0.95", 2))
        more: dict[str, Any] = {} if level == "hard" else {"images": 50 * rng.integer(2, 40)}
        if level == "hard":
            more = {"regions": 100 * rng.integer(3, 20), "crop": rng.decimal(5, 25, 1, ["10", "20"]),
                    "shared": 10 * rng.integer(4, 19), "head": rng.decimal("0.1", "0.9", 1)}
        return cls(names=NAMES[:len(speeds)], fps=speeds,
                   unit="s" if level == "easy" else "ms", decimals=3 if level == "easy" else 2, **more)

    def solve(self) -> Steps:
        second = self.written(1000, drawn=False)
        names = list(self.names)
        unit = "Milliseconds" if self.unit == "ms" else "Seconds"
        for i, (name, f) in enumerate(zip(names, self.fps, strict=True), 1):
            yield Step(f"rows[{i}].time", f"t_{{{i}}}", second / f if self.unit == "ms" else
                       seconds_per_image(f), f"{unit} for one image", row=name,
                       wrong=self._time_mistakes(f))
            if i > 1:
                yield Step(f"rows[{i}].speedup", f"r_{{{i}}}", f / self.fps[0], "Times as fast", row=name,
                           wrong={"turned the ratio round": lambda f=f: self.fps[0] / f}
                           if f != self.fps[0] else {})
            if self.images > 0:
                yield Step(f"rows[{i}].images", f"T_{{{i}}}", self.images / f, "Seconds for all images",
                           row=name, wrong={"multiplied by the FPS": lambda f=f: self.images * f})
        if self.regions > 0:
            yield from self._two_ways(second)

    def _time_mistakes(self, f: Any) -> dict[str, Any]:
        if self.unit == "ms":
            return {"gave seconds": lambda: seconds_per_image(f), "took the FPS for the time": lambda: f}
        return {"gave milliseconds": lambda: 1000 / f, "took the FPS for the time": lambda: f}

    def _two_ways(self, second: Any) -> Steps:
        anew = yield Step("anew", "a", self.regions * self.crop / second, "Anew for each region, seconds",
                          wrong={"forgot to turn milliseconds into seconds":
                                 lambda: self.regions * self.crop})
        once = yield Step("once", "b", (self.shared + self.regions * self.head) / second,
                          "Once for the image, seconds",
                          wrong={"added the time of one region only": lambda:
                                 (self.shared + self.head) / second,
                                 "ran the network for each region too": lambda:
                                 self.regions * (self.shared + self.head) / second})
        yield Step("anew_fps", "f_a", 1 / anew, "FPS anew for each region")
        yield Step("once_fps", "f_b", 1 / once, "FPS once for the image")
        yield Step("gain", "g", anew / once, "How many times as fast", wrong={
            "turned the ratio round": lambda: once / anew})
