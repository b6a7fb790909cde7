"""The annotation page in Chromium: each task by keys alone, hostile rows, looks.

FETTLE_SCREENSHOTS  a folder for the pictures of each task (default: none are kept)
"""

import json

import browser
import pytest
from annotate_project import LABELS, Project

ENTER, ESCAPE, LEFT, RIGHT = "\ue007", "\ue00c", "\ue012", "\ue014"
SHIFT, CONTROL, ALT, DELETE = "\ue008", "\ue009", "\ue00a", "\ue017"

GUIDELINES = """# What to do
Choose the *main* topic. See [the page](https://example.org/a) or [this](javascript:alert(1)).

1. Read **all** of it
2. Use `?` for the keys

> When unsure, skip. <img src=x onerror=alert(1)>

```
<script>alert(1)</script>
```
"""
NEWS = ["The striker scored twice in the last ten minutes of the match.",
        "Researchers measured how long the particle lives before it decays.",
        "Shares rose after the bank reported higher earnings than expected."]


@pytest.fixture(scope="module")
def driver():
    started = browser.start()
    yield started
    started.quit()


@pytest.fixture
def page(driver):
    shown = browser.Page(driver)
    shown.size(*browser.DESKTOP)
    yield shown
    assert shown.errors() == []


@pytest.fixture
def project(fettle, run_fettle, tmp_path):
    made = Project(fettle, run_fettle, tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


def shown_row(page, rows, selector=".item .passage"):
    """The number of the row on the page: rows come in an order of the project's own."""
    text = page.text(selector)
    return next(n for n, row in enumerate(rows) if row["text"] == text)


def test_classification_by_keys(page, project):
    rows = [{"text": text, "guess": label, "p": {"sports": .2, "science": .2, "business": .2,
                                                 label: .6}, "from": "the news"}
            for text, label in zip(NEWS, LABELS)]
    columns = ["--set", "prediction_column=guess", "--set", "scores_column=p", "--set",
               "show_columns=[from]", "--instruction", "Which topic is this text about?"]
    project.make(rows, "--labels", *LABELS, *columns)
    (project.folder / "guidelines.md").write_text(GUIDELINES)
    page.open(project.serve())
    assert (page.text(".fields dt"), page.text(".fields dd")) == ("from", "the news")
    page.check_looks("classification")
    said = {}
    for label in (1, 0):
        row = shown_row(page, rows)
        page.keys(str(label + 1))
        page.wait("return document.querySelector('#status').textContent === 'Saved.'")
        page.wait(f"return document.querySelector('.item .passage')?.textContent !== "
                  f"{json.dumps(rows[row]['text'])}")
        said[row] = LABELS[label]
    row = shown_row(page, rows)
    page.keys("u")
    page.status("Taken back")
    back = shown_row(page, rows)
    assert said.pop(back) == LABELS[0]
    assert page.text("[aria-pressed=true] .choice-text") == LABELS[0]
    page.keys("3")
    page.wait(f"return document.querySelector('.item .passage')?.textContent === "
              f"{json.dumps(rows[row]['text'])}")
    said[back] = LABELS[2]
    page.keys("a")
    page.wait("return document.querySelector('.done') !== null")
    said[row] = LABELS[row]
    assert "All rows are done" in page.text(".done")
    rows_out, _ = project.export()
    assert [row["label"] for row in rows_out] == [said[n] for n in range(3)]


def test_guidelines_help_and_figures(page, project):
    project.make([{"text": text} for text in NEWS], "--labels", *LABELS)
    (project.folder / "guidelines.md").write_text(GUIDELINES)
    page.open(project.serve())
    page.keys("g")
    assert page.text("#dialog h3") == "What to do"
    assert page.script("return document.querySelectorAll('#dialog img, #dialog script').length") == 0
    links = page.script("return [...document.querySelectorAll('#dialog a')].map(a => a.href)")
    assert links == ["https://example.org/a"]
    assert "<img src=x onerror=alert(1)>" in page.text("#dialog blockquote")
    assert page.text("#dialog pre") == "<script>alert(1)</script>"
    page.check_looks("guidelines")
    page.keys(ESCAPE, "?")
    help_text = page.text("#dialog")
    for words in ("Choose the label", "Take the last answer back", "Skip the row", "Guidelines",
                  "Rows whose answers differ", "Agreement of the annotators", "This help"):
        assert words in help_text
    page.check_looks("help")
    page.keys(ESCAPE, "s")
    page.status("Skipped")
    page.keys("f")
    page.wait("return document.querySelector('#dialog').open")
    assert "Krippendorff" in page.text("#dialog")
    page.check_looks("agreement")
    page.keys(ESCAPE)
    rated = page.script("""return performance.getEntriesByType('resource')
        .map(e => new URL(e.name).origin).every(o => o === location.origin)""")
    assert rated and page.script("return location.hash") == ""


def test_many_labels_are_found_by_typing(page, project):
    labels = [f"label number {n}" for n in range(60)]
    project.make([{"text": "one"}], "--labels", *labels)
    page.open(project.serve())
    page.check_looks("many-labels")
    page.keys("/", "number 47", ENTER)
    page.wait("return document.querySelector('.done') !== null")
    assert project.export()[0][0]["label"] == "label number 47"


def test_several_labels_by_keys(page, project):
    project.make([{"text": NEWS[0]}], "--task", "multi_label", "--labels", *LABELS)
    page.open(project.serve())
    page.keys("1", "2", "3", "2")
    page.check_looks("multi-label")
    page.keys(ENTER)
    page.wait("return document.querySelector('.done') !== null")
    assert project.export()[0][0]["labels"] == ["sports", "business"]


def test_spans_by_keys(page, project):
    text = "Zoë 🎉 met Ada Lovelace in Paris, and 𝒳 too."
    project.make([{"text": text}], "--task", "spans", "--labels", "person", "place", "--instruction",
                 "Mark people and places.")
    page.open(project.serve())
    page.keys(RIGHT, "1")                     # Zoë
    page.keys(RIGHT, RIGHT, RIGHT)            # 🎉, met, Ada
    page.chord(SHIFT, RIGHT)
    page.keys("1")                            # Ada Lovelace
    page.keys(RIGHT, RIGHT, "2")              # in, Paris
    page.keys(RIGHT, RIGHT, RIGHT, "1")       # the comma, and, 𝒳
    page.keys("]", "]", "]", "]", DELETE)     # 𝒳 was no person
    page.check_looks("spans")
    page.keys(ENTER)
    page.wait("return document.querySelector('.done') !== null")
    row = project.export()[0][0]
    assert [(s["text"], s["label"]) for s in row["spans"]] == [
        ("Zoë", "person"), ("Ada Lovelace", "person"), ("Paris", "place")]
    for span in row["spans"]:
        assert text[span["begin"]:span["end"]] == span["text"]


def test_pairs_by_keys(page, project):
    row = {"prompt": "How do I boil an egg?", "response_a": "In water, eight minutes.\n" * 3,
           "response_b": "Ask someone else."}
    project.make([row] * 8, "--task", "preference", "--instruction", "Which answer helps more?")
    page.open(project.serve())
    page.check_looks("preference")
    for key in ("1", RIGHT, "3", "2", LEFT, "1", "2", "1"):
        before = page.text("#counts")
        page.keys(key)
        page.wait(f"return document.querySelector('#counts').textContent !== {before!r}")
    rows, report = project.export()
    assert report["ties"] == 1 and len(rows) == 7
    # Whichever side an answer stood on, what was chosen is what was seen there.
    assert {row["chosen"][:6] for row in rows} == {"In wat", "Ask so"}


def test_writing_by_keys(page, project):
    chat = {"messages": [{"role": "system", "content": "Be brief."},
                         {"role": "user", "content": "Why is the sky blue?"}]}
    project.make([chat], "--task", "writing", "--instruction", "Write the assistant's answer.")
    page.open(project.serve())
    page.check_looks("writing")
    page.keys("Short waves scatter more. ssuu?")  # letters are letters here
    page.chord(CONTROL, ENTER)
    page.wait("return document.querySelector('.done') !== null")
    assert project.export()[0][0]["messages"][-1] == {
        "role": "assistant", "content": "Short waves scatter more. ssuu?"}


def test_rating_by_keys(page, project):
    words = "[useless, poor, fair, good, perfect]"
    project.make([{"text": NEWS[1]}], "--task", "rating", "--set", f"scale_words={words}")
    page.open(project.serve())
    page.check_looks("rating")
    page.keys("4")
    page.wait("return document.querySelector('.done') !== null")
    assert project.export()[0][0]["label"] == "4"


def test_disagreements_by_keys(page, project):
    project.make([{"text": text} for text in NEWS], "--labels", *LABELS, "--set",
                 "annotators_per_row=2").serve()
    for name, label in (("Bob", "sports"), ("Cid", "science")):
        client = project.client(name)
        for row in range(2):
            client.answer(row, label)
    page.open(project)
    page.keys("d")
    page.wait("return document.querySelector('.others') !== null")
    page.check_looks("disagreements")
    page.chord(ALT, "2")
    page.status("Saved")
    page.wait("return document.querySelector('#counts').textContent.includes('1 disagree')")
    page.keys("3")
    page.wait("return document.querySelector('.done') !== null")
    rows, _ = project.export()
    assert [row["label"] for row in rows] == ["science", "business"]


HOSTILE = [
    "<script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 1'>",
    "<a href=\"javascript:window.hacked=1\">x</a>", "</div><style>*{display:none}</style>",
    "\u202etxt.exe\u2066 abc \u2069\u202c", "nul \u0000 and \u0007 and \ufeff",
    "{{constructor.constructor('window.hacked=1')()}}", "]]><svg onload=window.hacked=1>",
    "\ud800 lone".encode("utf-8", "replace").decode(), "x" * 200000 + " " + "wörd " * 170000]


@pytest.mark.parametrize("task", ["classification", "spans", "preference", "writing"])
def test_hostile_rows_stay_text(page, project, task):
    rows = [{"text": text, "more": text} for text in HOSTILE]
    if task == "preference":
        rows = [{"prompt": text, "a": text, "b": text, "more": text} for text in HOSTILE]
    labels = ["--labels", "<b>bold</b>", "\"><script>window.hacked=1</script>"]
    project.make(rows, "--task", task, *(labels if task in ("classification", "spans") else []),
                 "--set", "show_columns=[more]", "--set",
                 "title=<script>window.hacked=1</script>", "--instruction", "<i>which</i>")
    page.open(project.serve(), name="<img src=x onerror=window.hacked=1>")
    seen = set()
    for _ in HOSTILE:
        text = page.text(".item .passage")
        seen.add(text)
        assert text in HOSTILE
        assert page.text(".instruction") == "<i>which</i>"
        foreign = page.script("""return document.querySelectorAll(
            'main script, main img, main style, main svg, main a, main iframe, main i').length""")
        assert foreign == 0 and page.script("return window.hacked ?? null") is None
        before = page.text("#counts")
        page.keys(ESCAPE, "s")
        page.wait(f"return document.querySelector('#counts').textContent !== {before!r}", 30)
    assert seen == set(HOSTILE)
    assert page.script("return document.scripts.length") == 1
