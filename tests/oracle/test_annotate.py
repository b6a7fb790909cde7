"""fettle annotate over HTTP and on the command line: projects, safety, durability, rows out."""

import json
import math
import random
import socket
import threading
import time

import faults
import pytest
import torch
import transformers
from annotate_project import LABELS, Project
from tiny_jobs import load, make_base, make_job

ROWS = [{"text": f"This is row {n} about {word}.", "id": n}
        for n, word in enumerate(["tennis", "atoms", "shares", "goals", "cells", "banks"] * 4)]
CLASSES = ["--labels", *LABELS]


@pytest.fixture
def project(fettle, run_fettle, tmp_path):
    made = Project(fettle, run_fettle, tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


# Projects -----------------------------------------------------------------------------------------

def test_typos_are_answered_with_line_and_nearest_name(project):
    project.make(ROWS, *CLASSES)
    file = project.folder / "project.yaml"
    text = file.read_text().replace("labels:", "lables:").replace("overlap: 1", "overlap: 7")
    file.write_text(text)
    error = project.run_fettle("annotate", project.folder, "--agreement", code=2).stderr
    lines = text.splitlines()
    for key, words in [("lables", 'did you mean "labels"'), ("overlap", "0 to 1")]:
        number = next(n for n, line in enumerate(lines, 1) if line.startswith(key))
        assert any(f"project.yaml:{number}: " in line and words in line
                   for line in error.splitlines()), error


@pytest.mark.parametrize("arguments, words", [
    (["--task", "clasification"], "classification"),
    (["--task", "classification", "--labels", "one"], "at least 2"),
    (["--task", "rating", "--labels", "a", "b"], "take them away"),
    (["--set", "uncertanty=margin", "--labels", "a", "b"], 'did you mean "uncertainty"'),
    (["--labels", "a", "a"], "twice"), ([], 'lacks "task"')], ids=str)
def test_a_wrong_beginning_makes_nothing(project, arguments, words):
    project.rows.write_text('{"text": "a"}\n')
    error = project.run_fettle("annotate", project.folder, "--import", project.rows, *arguments,
                               code=2).stderr
    assert words in error
    assert not project.folder.exists()


def test_words_for_a_missing_project_and_for_one_in_use(project):
    assert "--import" in project.run_fettle("annotate", project.folder, code=2).stderr
    project.make(ROWS, *CLASSES).serve()
    assert project.run_fettle("annotate", project.folder, code=2).stderr
    again = project.run_fettle("annotate", project.folder, "--import", project.rows, "--task",
                               "rating", code=2).stderr
    assert "change it with an editor" in again
    project.stop()
    project.run_fettle("annotate", project.folder, "--import", project.rows)
    project.serve()
    assert project.client().get("/api/next")["progress"]["rows"] == 2 * len(ROWS)


def test_the_guide_lists_every_key(run_fettle, root):
    keys = run_fettle("annotate", "--keys").stdout
    assert len(keys.splitlines()) > 20
    assert keys in (root / "docs" / "annotate.md").read_text()


# Safety -------------------------------------------------------------------------------------------

def test_only_the_holder_of_the_token_gets_in(project):
    client = project.make(ROWS, *CLASSES).serve().client()
    assert client.raw("GET", "/api/next", Cookie="x=1")[0] == 401
    own = f"{client.host}:{client.port}"
    assert client.raw("GET", "/api/next", Host="evil.example.com")[0] == 403
    assert client.raw("GET", "/", Host=f"evil.example.com:{client.port}")[0] == 403
    body = {"row": 0, "value": "sports"}
    assert client.raw("POST", "/api/answer", body, Origin="http://example.org")[0] == 403
    assert client.raw("POST", "/api/answer", body, Origin="null")[0] == 403
    assert client.raw("POST", "/api/answer", body, Content_Type="text/plain")[0] == 415
    assert client.raw("POST", "/api/answer", body, Origin=f"http://{own}")[0] == 200
    assert client.raw("POST", "/api/login", {"token": "0" * 64, "name": "Eve"})[0] == 403
    for path in ("/../project.yaml", "/annotations.db", "/%2e%2e/project.yaml", "/index.html/.."):
        assert client.raw("GET", path)[0] == 404
    headers = client.raw("GET", "/")[1]
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == (
        "nosniff", "no-referrer")


def test_the_database_and_the_list_of_listeners_are_this_machines(project):
    client = project.make(ROWS, *CLASSES).serve().client()
    address = socket.gethostbyname(socket.gethostname())
    if address.startswith("127."):
        return
    with pytest.raises(OSError), socket.create_connection((address, client.port), timeout=2):
        pass


def test_bodies_are_bounded(project):
    client = project.make(ROWS, "--task", "writing").serve().client()
    assert client.raw("POST", "/api/answer", b"x" * (9 << 20))[0] == 413
    assert client.raw("POST", "/api/answer", {"row": 0, "value": "x" * (2 << 20)})[0] == 400
    assert client.raw("POST", "/api/answer", "[" * 100000)[0] == 400
    assert client.answer(0, "fine")["saved"] == "fine"


# Durability ---------------------------------------------------------------------------------------

def annotate_until_killed(project, name, acknowledged, seed):
    """Answers, changes and takes back; what was acknowledged is noted after the response."""
    rng = random.Random(seed)
    try:
        client = project.client(name)
        while True:
            row, label = rng.randrange(len(ROWS)), rng.choice(LABELS)
            acknowledged[name, row] = ("asked", label, acknowledged.get((name, row)))
            client.answer(row, label)
            acknowledged[name, row] = label
    except (OSError, AssertionError, ValueError):
        return
    except Exception as error:  # http.client's own, of a response cut off
        assert "http.client" in type(error).__module__ or isinstance(error, EOFError)


def settled(value):
    """What may stand for an answer whose response never came: the new one or the old one."""
    if isinstance(value, tuple):
        return {value[1], *settled(value[2])}
    return {value}


@pytest.mark.parametrize("seed", range(5))
def test_a_kill_loses_nothing_that_was_acknowledged(project, seed):
    project.make(ROWS, *CLASSES, "--set", "annotators_per_row=9")
    acknowledged = {}
    rng = random.Random(seed)
    for round_number in range(3):
        project.serve()
        threads = [threading.Thread(target=annotate_until_killed,
                                    args=(project, name, acknowledged, rng.random()))
                   for name in ("Ann", "Bob", "Cid")]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0.05, 0.6))
        project.kill()
        for thread in threads:
            thread.join()
        rows = project.serve().client("Dot").get("/api/agreement")
        assert rows["progress"]["rows"] == len(ROWS)
        clients = {name: project.client(name) for name in ("Ann", "Bob", "Cid")}
        assert acknowledged or round_number == 0
        for (name, row), value in acknowledged.items():
            mine = clients[name].get(f"/api/row?row={row}")["row"]["mine"]
            kept = mine["value"] if mine else None
            assert kept in settled(value), (name, row, value, kept)
            acknowledged[name, row] = kept
        project.kill()
    assert len(acknowledged) > 5


def look_and_answer(project, name, acknowledged, failures):
    """Everything that the page asks for, in turn with answers, undone ones among them."""
    rng = random.Random(name)
    try:
        client = project.client(name)
        for _ in range(15):
            client.get("/api/next")
            for path in ("project", "agreement", "disagreement", f"row?row={rng.randrange(24)}"):
                client.get(f"/api/{path}")
            row, label = rng.randrange(len(ROWS)), rng.choice(LABELS)
            client.answer(row, label)
            if rng.random() < 0.2:
                client.post("/api/undo")
            else:
                acknowledged[name, row] = label
    except Exception as error:  # told by the test, which a thread cannot fail
        failures.append(repr(error))


def test_annotators_at_once_lose_nothing(project):
    """Eight of them; built with the preset tsan, this is where a race of the server shows."""
    project.make(ROWS, *CLASSES, "--set", "annotators_per_row=9")
    project.serve()
    acknowledged, failures = {}, []
    names = [f"P{number}" for number in range(8)]
    threads = [threading.Thread(target=look_and_answer, args=(project, name, acknowledged, failures))
               for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(acknowledged) > 60
    clients = {name: project.client(name) for name in names}
    for (name, row), label in acknowledged.items():
        assert clients[name].get(f"/api/row?row={row}")["row"]["mine"]["value"] == label
    project.stop()


def calls_of(log):
    return len(log.read_text().splitlines())


@pytest.mark.parametrize("mode, share", [("full", 0.1), ("full", 0.6), ("enospc", 0.4),
                                         ("eio", 0.7)])
def test_a_full_disk_is_said_and_loses_nothing(project, built, tmp_path, mode, share):
    """From some call of an answer on there is no room: that answer is refused in a sentence, what
    was acknowledged stays, and the server goes on reading; with room again it goes on writing."""
    project.make(ROWS, *CLASSES)
    given = {"library": built("libfettle_fault.so"), "folder": project.folder,
             "log": tmp_path / "calls"}
    project.serve(faults.environment(**given))
    client = project.client()
    begin = calls_of(given["log"])
    client.answer(0, LABELS[0])
    one = calls_of(given["log"]) - begin
    project.kill()
    given["log"].unlink()
    project.serve(faults.environment(**given, at=begin + one + int(share * one), mode=mode))
    client, kept = project.client(), {0: LABELS[0]}
    for row in range(1, len(ROWS)):
        status, _, body = client.raw("POST", "/api/answer",
                                     {"row": row, "value": LABELS[1], "seconds": 1.0})
        if status != 200:
            break
        kept[row] = LABELS[1]
    message = json.loads(body)["error"]["message"]
    assert status == 500 and "annotations.db" in message and "disk" in message
    assert client.get(f"/api/row?row={row}")["row"]["mine"] is None
    project.kill()
    client = project.serve().client()
    for number in range(len(ROWS)):
        mine = client.get(f"/api/row?row={number}")["row"]["mine"]
        # What could not be synced may yet have reached the disk.
        may = (None, LABELS[1]) if number == row else (kept.get(number),)
        assert (mine and mine["value"]) in may
    client.answer(row, LABELS[2])


# Rows out -----------------------------------------------------------------------------------------

def label_all(project, values):
    client = project.serve().client()
    for row, value in enumerate(values):
        client.answer(row, value)
    project.stop()


def test_exported_labels_train(project, base, tmp_path):
    project.make(ROWS, *CLASSES, "--instruction", "What is it about?")
    label_all(project, [LABELS[n % 3] for n in range(len(ROWS))])
    rows, report = project.export()
    assert report["rows"] == report["single"] == len(ROWS)
    assert [row["label"] for row in rows] == [LABELS[n % 3] for n in range(len(ROWS))]
    assert rows[3]["record"] == {"id": 3} and rows[3]["origin"].endswith("rows.jsonl:4")
    job = make_job(project.run_fettle, tmp_path, base, rows, max_steps=1, labels=LABELS)
    job.train()


@pytest.mark.parametrize("task, row, value, recipe", [
    ("multi_label", {"text": "a b"}, ["sports", "business"], {}),
    ("spans", {"text": "the sky"}, [{"begin": 4, "end": 7, "label": "science"}], {}),
    ("writing", {"messages": [{"role": "user", "content": "sky?"}]}, "blue", {}),
    ("writing", {"prompt": "sky?"}, "blue", {}),
    ("rating", {"text": "fine"}, 4, {}),
    ("preference", {"prompt": "sky?", "response_a": "blue", "response_b": "red"}, "b",
     {"row_form": "prompt_completion", "completion_column": "chosen"})], ids=lambda v: str(v)[:20])
def test_exported_rows_of_each_task_are_read_by_train(project, base, tmp_path, task, row, value,
                                                      recipe):
    labels = CLASSES if task in ("multi_label", "spans") else []
    project.make([row] * 4, "--task", task, *labels)
    label_all(project, [value] * 4)
    rows, report = project.export()
    assert report["rows"] == 4
    if task == "preference":
        assert (rows[0]["chosen"], rows[0]["rejected"]) == ("red", "blue")
    job = make_job(project.run_fettle, tmp_path, base, rows, **recipe)
    shown = job.run_fettle("show", "mask", *job.arguments(), "--json", "--rows", 4).stdout
    assert len(shown.splitlines()) == 4


def test_disagreement_and_the_last_word(project):
    project.make(ROWS, *CLASSES, "--set", "annotators_per_row=2").serve()
    ann, bob = project.client("Ann"), project.client("Bob")
    for row in range(6):
        ann.answer(row, "sports")
        bob.answer(row, "sports" if row < 3 else "science")
    shown = ann.get("/api/disagreement")["row"]
    assert shown["row"] == 3 and [a["value"] for a in shown["answers"]] == ["sports", "science"]
    after = ann.post("/api/adjudicate", row=3, value="business", seconds=1)
    assert after["row"]["row"] == 4 and after["progress"]["disagreeing"] == 2
    rows, report = project.export()  # beside the server
    assert report == {"rows": 4, "adjudicated": 1, "majority": 3, "single": 0, "open": 2, "ties": 0,
                      "unanswered": len(ROWS) - 6}
    assert rows[3]["label"] == "business" and rows[3]["gold_by"] == "adjudicated"
    said = json.loads(project.run_fettle("annotate", project.folder, "--agreement",
                                         "--json").stdout)
    assert said["rows"] == 6 and said["pairs"][0]["same"] == 3


# Pre-labels ---------------------------------------------------------------------------------------

def log_likelihood(model, tokenizer, question, answer):
    """Of the answer and its end of turn after the question's prompt, by transformers."""
    messages = [{"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True,
                                           return_dict=False)
    whole = tokenizer.apply_chat_template(messages + [{"role": "assistant", "content": answer}],
                                          return_dict=False)
    last = max(i for i, token in enumerate(whole) if token == tokenizer.eos_token_id)
    ids = torch.tensor([whole[:last + 1]])
    with torch.no_grad():
        logs = torch.log_softmax(model(ids).logits[0].double(), -1)
    return sum(float(logs[i - 1, ids[0, i]]) for i in range(len(prompt), last + 1))


def test_pre_labels_are_the_models_likelihoods(project, base):
    project.make(ROWS[:6], *CLASSES, "--instruction", "What is it about?")
    done = project.run_fettle("annotate", project.folder, "--pre-label", base, "--device", "cpu",
                              "--dtype", "float32", "--json")
    assert json.loads(done.stdout) == {"pre_labelled": 6}
    model, tokenizer = load(base), transformers.AutoTokenizer.from_pretrained(base)
    client = project.serve().client()
    for number, row in enumerate(ROWS[:6]):
        given = client.get(f"/api/row?row={number}")["row"]["suggestion"]
        logs = [log_likelihood(model, tokenizer, "What is it about?\n\n" + row["text"], label)
                for label in LABELS]
        shares = [math.exp(x - max(logs)) for x in logs]
        shares = [share / sum(shares) for share in shares]
        assert given["scores"] == pytest.approx(shares, abs=1e-4)
        assert given["value"] == LABELS[shares.index(max(shares))]
        assert given["confidence"] == pytest.approx(max(shares), abs=1e-4)
    project.stop()
    again = project.run_fettle("annotate", project.folder, "--pre-label", base, "--json")
    assert json.loads(again.stdout) == {"pre_labelled": 0}


def test_pre_labels_need_choices(project, base):
    project.make(ROWS, "--task", "writing")
    error = project.run_fettle("annotate", project.folder, "--pre-label", base, code=2).stderr
    assert "prediction_column" in error
