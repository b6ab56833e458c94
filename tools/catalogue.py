"""The catalogue with pictures, docs/catalogue/: `make catalogue` writes it anew.

An index by topic and a page a topic, in Markdown as code hosts show it, with a picture of one
problem and of its solution for each family. The text comes from the templates alone, so that a
test can compare it with what is committed; `--text` writes it without drawing the pictures.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from softmark.problem_bank import catalogue
from softmark.rendering.terminal import tex_text
from softmark.worksheet.asks import asks_of
from softmark.worksheet.draws import Rng
from softmark.worksheet.runs import mistake_names
from softmark.worksheet.template import Template

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "catalogue"
WIDTH, THUMBNAIL = 900, (300, 180)
#: draws a level that the names of mistakes are gathered from
DRAWS = 8
TOPICS = {
    "perceptron": "Threshold units, linear layers and classifiers",
    "backprop": "Forward and backward passes, automatic differentiation",
    "training": "Optimizers, initialisation, regularisation",
    "losses": "Activations, losses, information",
    "convolution": "Convolution, filters and pooling",
    "architectures": "Shapes, parameters, memory, receptive fields",
    "sequences": "Text, recurrent networks",
    "generative": "Upsampling, autoencoders, style, graphs",
}
INTRO = """\
# Catalogue

{count} families of exercises in {topics} topics. A family is drawn with new numbers for every
student; the pictures show one problem of each, the one that `softmark show FAMILY` prints. Click on a
picture for the whole problem and its worked solution. **Values** are those asked for at each level,
**mistakes** those that the grader knows by name; the pages of the topics list them.
"""
FOOT = """
`make catalogue` writes these pages from the templates.
"""


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of a family; all of it plain Markdown."""

    slug: str
    title: str
    about: str
    level: str
    levels: tuple[str, ...]
    values: tuple[int, ...]
    asked: tuple[str, ...]
    mistakes: tuple[str, ...]

    @property
    def topic(self) -> str:
        return self.slug.split("/")[0]

    @property
    def family(self) -> str:
        return self.slug.split("/")[1]


def entry(slug: str, cls: type[Template]) -> Entry:
    """What there is to say of a family, from its template alone."""
    level = "medium" if "medium" in cls.levels else cls.levels[0]
    values, asked, mistakes = [], [], []
    for one in cls.levels:
        asks = asks_of(cls.draw(Rng.of("catalogue", slug, one, 0), one))
        values.append(sum(len(ask.cells) for ask in asks))
        if one == level:
            asked = [ask.title for ask in asks]
        for seed in range(DRAWS):
            mistakes += mistake_names(cls.draw(Rng.of("catalogue", slug, one, seed), one))
    about = " ".join((cls.__doc__ or "").strip().partition("\n\n")[0].split())
    return Entry(slug, plain(cls.title), plain(about), level, cls.levels, tuple(values),
                 unique(asked), unique(sorted(mistakes)))


def entries() -> list[Entry]:
    """Every family of the package; topics in the order of a course, families by title."""
    found = [entry(slug, cls) for slug, cls in catalogue.all_templates().items()]
    order = [*TOPICS, *sorted({one.topic for one in found} - TOPICS.keys())]
    return sorted(found, key=lambda one: (order.index(one.topic), one.title.casefold(), one.slug))


def unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain(word) for word in dict.fromkeys(words))


def plain(text: str) -> str:
    """A line of words with $math$ as Markdown that means itself, in table cells too."""
    text = re.sub(r"\$([^$]+)\$", lambda found: tex_text(found[1]), text)
    return re.sub(r"([\\`*_\[\]|$<>~])", r"\\\1", text)


def texts(found: list[Entry]) -> dict[str, str]:
    """The pages by their file names."""
    by_topic = {topic: list(group) for topic, group in groupby(found, lambda one: one.topic)}
    out = {"README.md": index(by_topic)}
    for topic, members in by_topic.items():
        out[f"{topic}.md"] = topic_page(topic, members)
    return out


def index(by_topic: dict[str, list[Entry]]) -> str:
    parts = [INTRO.format(count=sum(map(len, by_topic.values())), topics=len(by_topic))]
    for topic, members in by_topic.items():
        parts.append(f"\n## [{heading(topic)}]({topic}.md)\n\n"
                     "| | family | what is asked | levels | values | mistakes |\n"
                     "|---|---|---|---|---|---|\n" + "".join(row(one) for one in members))
    return "".join([*parts, FOOT])


def heading(topic: str) -> str:
    return f"{topic.capitalize()}: {TOPICS[topic][:1].lower()}{TOPICS[topic][1:]}" \
        if topic in TOPICS else topic.capitalize()


def row(one: Entry) -> str:
    page = f"{one.topic}.md#{one.family}"
    return (f'| <a href="{page}"><img src="{picture(one, "small")}" width="150" alt=""></a> '
            f"| **[{one.title}]({page})**<br>`{one.slug}` | {short(one.asked)} "
            f"| {' '.join(one.levels)} | {counts(one)} | {len(one.mistakes)} |\n")


def short(words: tuple[str, ...], most: int = 4) -> str:
    return " · ".join(words[:most]) + (f" · {len(words) - most} more" if len(words) > most else "")


def counts(one: Entry) -> str:
    return " ".join(map(str, one.values)) if len(set(one.values)) > 1 else str(one.values[0])


def topic_page(topic: str, members: list[Entry]) -> str:
    toc = "".join(f"- [{one.title}](#{one.family})\n" for one in members)
    return (f"# {heading(topic)}\n\n[All topics](README.md)\n\n{toc}"
            + "".join(section(one) for one in members) + FOOT)


def section(one: Entry) -> str:
    mistakes = "; ".join(one.mistakes) or "none"
    return f"""
<a id="{one.family}"></a>

## {one.title}

`{one.slug}` · {one.about}

- **Levels:** {levels(one)}
- **Asked:** {"; ".join(one.asked)}
- **Mistakes known by name:** {mistakes}

<img src="{picture(one, "problem")}" width="720" alt="A problem: {one.title}">

<details><summary>Worked solution</summary>

<img src="{picture(one, "solution")}" width="720" alt="Its worked solution">

</details>
"""


def levels(one: Entry) -> str:
    each = (f"{level} ({number} {'value' if number == 1 else 'values'})"
            for level, number in zip(one.levels, one.values, strict=True))
    return ", ".join(each) + f"; the pictures show {one.level}"


def picture(one: Entry, kind: str) -> str:
    return f"pictures/{one.topic}/{one.family}.{kind}.png"


def draw(one: Entry) -> None:
    """Draws the family's three pictures."""
    from pictures import png, shown, whole

    problem, solution = whole(shown(one.slug, one.level), one.level, WIDTH)
    wide, high = THUMBNAIL
    top = problem.crop((0, 0, WIDTH, min(problem.height, WIDTH * high // wide)))
    small = top.resize((wide, top.height * wide // WIDTH))
    for kind, image, colours in (("problem", problem, 16), ("solution", solution, 16),
                                 ("small", small, 8)):
        path = OUT / picture(one, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(image, colours))


def draw_examples() -> None:
    """The README's pictures: the page of the example quiz with its network, and of its sheet."""
    from pictures import pages, png

    from softmark.problem_bank.papers import make_paper
    from softmark.problem_bank.quizfile import load_quiz
    from softmark.problem_bank.roster import Student
    from softmark.rendering.pages import paper_html, sheet_html

    quiz = load_quiz(ROOT / "examples" / "class_quiz.toml")
    paper = make_paper(quiz, Student("s1002", "Elena Petrova"), b"readme")
    for name, html, number in (("paper", paper_html(paper), 2), ("sheet", sheet_html(paper), 3)):
        page = list(pages(html, WIDTH))[number - 1]
        (ROOT / "docs" / f"{name}.png").write_bytes(png(page, 64))


def tidy(found: list[Entry], pages: dict[str, str]) -> None:
    """Takes away pages and pictures of families that there are no more."""
    wanted = {OUT / name for name in pages}
    wanted |= {OUT / picture(one, kind) for one in found
               for kind in ("problem", "solution", "small")}
    for path in [*OUT.glob("*.md"), *OUT.glob("pictures/*/*.png")]:
        if path not in wanted:
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", action="store_true", help="only the text, no pictures")
    parser.add_argument("families", nargs="*", help="draw only these, and the README's pictures")
    args = parser.parse_args()
    found = entries()
    unknown = set(args.families) - {one.slug for one in found}
    if unknown:
        sys.exit(f"there is no family {', '.join(sorted(unknown))}")
    pages = texts(found)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (OUT / name).write_text(text, encoding="utf-8")
    if not args.text:
        for one in found:
            if not args.families or one.slug in args.families:
                draw(one)
        draw_examples()
    tidy(found, pages)
    size = sum(path.stat().st_size for path in OUT.glob("pictures/*/*.png"))
    print(f"{len(found)} families in {OUT.relative_to(ROOT)}/, pictures {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
