"""Languages of pages: the catalogues, files of one's own, and that no English is left where none belongs."""

import re
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest

import softmark
from softmark.grader.marked import mark_paper
from softmark.grader.submissions import Submission
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import load_quiz, parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.words import _PLACEHOLDER, FOLDER, shipped, words_for
from softmark.rendering.bubble_pages import bubbles_html
from softmark.rendering.bubbles import layout_of
from softmark.rendering.forms import fields_of
from softmark.rendering.pages import feedback_html, paper_html, sheet_html
from softmark.rendering.speech import Speech
from softmark.worksheet.errors import UserError
from tests.paper_forms import class_papers

ROOM = Path(softmark.__file__).parent
PAGES = ROOM / "rendering" / "html"
ENGLISH = words_for("en").phrases
QUIZ = '''title = "Wk"
minutes = 30
[page]
{}
[[question]]
template = "backprop/backprop_numeric"
marks = 6
[[question]]
template = ["architectures/memory_vgg"]
marks = 2.5
[[question]]
template = "perceptron/boolean_network"
[[question]]
text = "?"
marks = 1
'''


def paper(page):
    return make_paper(parse_quiz(QUIZ.format(page)), Student("s1", "A"), b"secret")


def marked(one):
    """Answers of every kind: signs reversed, blank, unreadable, and words for numbers."""
    answers = {f"q{item.number}.{cell.name}": ("", "hm", "-0.31", "7")[number % 4]
               for item in one.problems for number, cell in
               enumerate(cell for ask in item.asks for cell in ask.cells)}
    return mark_paper(one, Submission(one.paper_id, "s1", "test", answers), []).questions


class Text(HTMLParser):
    """What a reader of the page's own language reads: text and form tips outside lang="en"."""

    VOID = frozenset({"meta", "img", "br", "link", "col", "input"})

    def __init__(self, html):
        super().__init__()
        self.open, self.parts, self.language = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "html":
            self.language = attrs["lang"]
        if tag not in self.VOID:
            self.open.append((tag, "lang" in attrs and tag != "html"))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(foreign for _, foreign in self.open):
            self.parts.append(data)


def pages_of(one):
    yield paper_html(one)
    one.quiz = parse_quiz(one.quiz.source.replace("[page]", "[page]\ntitle_page = true"))
    yield paper_html(one)
    yield sheet_html(one)
    yield feedback_html(one, marked(one))
    yield bubbles_html(one, layout_of(one.paper_id, one.problems))[0]
    yield "<html lang='xx'>" + " ".join(
        re.sub(r"(\(\w\)\s?:).*", r"\1", field.tip) for field in fields_of(one).values())


@pytest.mark.parametrize("language", [name for name in shipped() if name != "en"])
def test_every_phrase_is_there_with_its_placeholders(language):
    own = words_for(language).phrases
    import tomllib

    from softmark.problem_bank.words import flat
    written = flat(tomllib.loads((FOLDER / f"{language}.toml").read_text()))
    assert list(written) == list(ENGLISH)
    assert {key: sorted(_PLACEHOLDER.findall(phrase)) for key, phrase in own.items()} == \
        {key: sorted(_PLACEHOLDER.findall(phrase)) for key, phrase in ENGLISH.items()}
    assert not [key for key in own if own[key] == ENGLISH[key] and re.search("[a-z]{3}", re.sub(
        r"\{\w+\}", "", own[key])) and key not in ("number.one", "head.minutes.one",
                                                   "head.minutes.other", "cover.name", "cover.total")]


def test_every_phrase_is_used_and_every_one_used_is_there():
    used = set()
    for path in [*PAGES.glob("*.html"), *(ROOM / "rendering").glob("*.py")]:
        text = path.read_text()
        used |= set(re.findall(r'(?:say|count|words)[(\[]"([\w.]+)"[,)\]]', text))
        if path.suffix == ".html":
            used |= {f"head.{kind}" for kind in re.findall(r'with kind = "(\w+)"', text)}
    for start, keys in re.findall(r"(\w+\.)\"? ~|for name in \(([^)]*)\)",
                                  (PAGES / "feedback.html").read_text()):
        used |= {f"feedback.{key}" for key in re.findall(r"\w+", keys)} if keys else \
            {key for key in ENGLISH if start == "verdict." and key.startswith(start)}
    plain = {re.sub(r"\.(one|other)$", "", key) if key != "number.one" else key for key in ENGLISH}
    made = {key for key in plain if key.split(".")[0] in ("note", "number")}
    assert used | made == plain


@pytest.mark.parametrize("name", ["_page", "_head", "_cover", "_steps", "paper", "sheet", "feedback"])
def test_the_pages_themselves_hold_no_words(name):
    text = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>", " ",
                  (PAGES / f"{name}.html").read_text())
    assert not re.findall(r"[A-Za-z]{2,}", text)


def test_the_grader_gives_the_reasons_that_the_catalogue_translates():
    source = "".join(path.read_text() for path in (ROOM / "grader").glob("*.py"))
    pages = (ROOM / "rendering" / "pages.py").read_text()
    for key, phrase in ENGLISH.items():
        if key.startswith("note."):
            assert phrase.split("{")[0] in source + pages, key


@pytest.mark.parametrize("language", ["de", "fr"])
def test_no_english_is_left_on_a_page_of_another_language(language):
    phrases = [re.compile(rf"\b{re.sub(r'[{].*', '', phrase).strip()}\b", re.I)
               for key, phrase in ENGLISH.items() if not key.startswith("number.")
               and len(re.sub(r"\{.*", "", phrase).strip()) > 2
               and phrase != words_for(language).phrases[key]]
    phrases += [re.compile(rf"\b{word}\b", re.I) for word in (
        "question", "marks?", "of", "the", "answer", "right", "wrong", "solution", "paper", "gives", "your")]
    assert len(phrases) > 40
    for html in pages_of(paper(f'language = "{language}"')):
        text = Text(html)
        shown = " ".join(text.parts)
        assert text.language in (language, "xx") and len(shown) > 100
        assert not [found[0] for phrase in phrases if (found := phrase.search(shown))]


def test_titles_of_ones_own_are_in_the_language_of_the_page():
    text = QUIZ.format('language = "fr"').replace("marks = 6", 'marks = 6\ntitle = "Rétropropagation"')
    one = make_paper(parse_quiz(text), Student("s1", "A"), b"secret")
    assert re.search('class="what">Rétropropagation<', sheet_html(one))
    assert re.search('class="what" lang="en">Memory', sheet_html(one))


def test_an_english_page_marks_nothing_as_english():
    for html in pages_of(paper("")):
        assert html.count("lang=") == 1


@pytest.mark.parametrize(("language", "marks", "said"), [
    ("en", 1, "1 mark"), ("en", Fraction(3, 2), "1.5 marks"), ("en", 0, "0 marks"),
    ("de", Fraction(3, 2), "1,5 Punkte"), ("de", 1, "1 Punkt"), ("de-AT", 2, "2 Punkte"),
    ("fr", Fraction(3, 2), "1,5 point"), ("fr", 0, "0 point"), ("fr", 2, "2 points")])
def test_numbers_take_the_forms_of_the_language(language, marks, said):
    assert Speech(words_for(language)).count("question.marks", marks) == said


def test_reasons_are_translated_where_the_catalogue_has_them():
    say = Speech(words_for("de"))
    assert say.note("mark given by A. <b>: it: fits") == "Punkte von A. &lt;b&gt; vergeben: it: fits"
    assert say.note("two digits seem to be swapped") == "zwei Ziffern scheinen vertauscht zu sein"
    assert say.note("'hm' is <no> number") == \
        '<span lang="en">&#39;hm&#39; is &lt;no&gt; number</span>'
    assert Speech(words_for()).note("'hm' is no number") == "&#39;hm&#39; is no number"


@pytest.mark.parametrize(("page", "said"), [
    ('language = "german"', r"\[page\].*language = 'german': should be the short name"),
    ('language = "xx"', r"\[page\]: language = 'xx': softmark has words in de, en, fr; for another"),
    ("language = 3", r"\[page\].*language.*string"),
    ('accessible = "yes"', r"\[page\].*accessible.*boolean"),
    ('words = "none.toml"', r"\[page\]: words: .*none.toml: there is no such file"),
    ('words = ""\nlanguage = "../de"', r"language.*short name")])
def test_a_language_that_is_not_there_is_told_in_one_sentence(tmp_path, page, said):
    (tmp_path / "quiz.toml").write_text(QUIZ.format(page))
    with pytest.raises(UserError, match=said) as told:
        load_quiz(tmp_path / "quiz.toml")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("words", "said"), [
    ('[head]\npapr = "Foglio"', r"there is no phrase 'head.papr'; did you mean 'head.paper'\?"),
    ('head.paper = 3', r"head.paper should be a phrase in quotation marks"),
    ('question.heading = "Domanda"', r"question.heading: should hold \{number\}, each once"),
    ('question.heading = "{number} {number}"', r"question.heading: should hold \{number\}"),
    ('question.heading = "{number.__class__}"', r"question.heading: should hold \{number\}"),
    ('question.heading = "{number} {0}"', r"should hold \{number\}"),
    ('question.table = "{{x}}"', r"question.table: should hold no braces"),
    ('feedback.score = "{out_of} ({marks"', r"\{marks\} and \{out_of\}"),
    ('head.folio = "{pages}/{page}"', r"head.folio: should hold \{page\} before \{pages\}"),
    ('head.paper = " "', r"one line of 1 to 1000"), ('head.paper = "a\\nb"', r"one line of 1 to"),
    (f'head.paper = "{"x" * 1001}"', r"one line of 1 to"), ('number.one = "2"', r"'1', 'below 2'"),
    ("head = {", r"not valid TOML"), ("a." * 2000 + "b = 1", r"a.*phrase|TOML"),
    ("#" * 100_001, r"larger than 100,000")])
def test_a_file_of_words_that_cannot_be_used_is_told_in_one_sentence(tmp_path, words, said):
    (tmp_path / "it.toml").write_text(words)
    (tmp_path / "quiz.toml").write_text(QUIZ.format('language = "it"\nwords = "it.toml"'))
    with pytest.raises(UserError, match=said) as told:
        load_quiz(tmp_path / "quiz.toml")
    assert "\n" not in str(told.value) and len(str(told.value)) < 600


def test_words_of_ones_own_stand_on_every_page_and_are_kept_with_the_quiz(tmp_path):
    words = tmp_path / "it.toml"
    words.write_text('[head]\npaper = "Foglio <b>"\nfeedback = "Correzione"\n'
                     '[question]\nheading = "Domanda {number}"\n', encoding="utf-8-sig")
    (tmp_path / "quiz.toml").write_text(QUIZ.format('language = "it"\nwords = "it.toml"'))
    quiz = load_quiz(tmp_path / "quiz.toml")
    assert "question.marks.one" in quiz.untranslated and "head.paper" not in quiz.untranslated
    bank = open_bank(str(tmp_path / "bank.db"), create=True)
    class_papers(quiz, [Student("s1", "A")], bank)
    words.unlink()
    kept = open_bank(str(tmp_path / "bank.db")).paper("s1")
    html = paper_html(kept)
    assert "Foglio &lt;b&gt;" in html and "Domanda 1" in html and '<html lang="it"' in html
    assert 'lang="en"' in html and "6 marks" in html
    assert "Correzione" in feedback_html(kept, marked(kept))


def test_a_word_or_two_may_be_put_otherwise(tmp_path):
    (tmp_path / "own.toml").write_text('head.paper = "Klausur"')
    (tmp_path / "quiz.toml").write_text(QUIZ.format('language = "de"\nwords = "own.toml"'))
    quiz = load_quiz(tmp_path / "quiz.toml")
    assert (quiz.wording["head.paper"], quiz.wording["head.sheet"]) == ("Klausur", "Lösungsblatt")
    assert quiz.untranslated == []
