"""Wrong words on the command line and in the requests of `fettle show`: one sentence each."""

import json
import os

import pytest


@pytest.fixture(scope="module")
def stories(assets):
    return assets / "models" / "stories260K"


def refused(run_fettle, *arguments, code, **options):
    """The one line that the command ends with; nothing goes to standard output."""
    done = run_fettle(*arguments, code=code, **options)
    assert done.stdout == "" and "json.exception" not in done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("fettle: ")
    return line


@pytest.mark.parametrize("words, meant, known", [
    (["tran", "recipe.yaml"], "train", "evaluate"), (["trian", "--json"], "train", "merge"),
    (["show", "token", "--model", "x"], "tokens", "fields"), (["show", "mdoel"], "model", "run")],
    ids=str)
def test_a_misspelt_verb_is_answered_with_the_nearest(run_fettle, words, meant, known):
    said = refused(run_fettle, *words, code=2)
    assert f'did you mean "{meant}"?' in said and known in said


def test_what_is_no_verb_at_all(run_fettle):
    said = refused(run_fettle, "xyzzyxyzzy", code=2)
    assert "did you mean" not in said and "train" in said


@pytest.mark.parametrize("ids, named", [
    ('["x"]', 'ids[0] is "x"'), ("[1, -1]", "ids[1] is -1"), ("[1.5]", "ids[0] is 1.5"),
    ("[99999999999999]", "ids[0] is 99999999999999"), ("7", '{"ids": [...]}')])
def test_ids_that_are_none(run_fettle, stories, ids, named):
    said = refused(run_fettle, "show", "tokens", "--model", stories, "--decode", code=1,
                   input=f'{{"ids": {ids}}}')
    assert named in said


@pytest.mark.parametrize("more, named", [
    ({"add_generation_prompt": "yes"}, '"add_generation_prompt" is "yes"; true or false'),
    ({"add_generation_prompt": 1}, '"add_generation_prompt" is 1; true or false'),
    ({"tools": 5}, '"tools" is 5; a list of tools'), ({"tools": {}}, '"tools" is {}; a list')],
    ids=str)
def test_a_chat_request_of_other_types(run_fettle, stories, tmp_path, more, named):
    (tmp_path / "t.jinja").write_text("{{ messages[0]['content'] }}")
    chat = ["show", "chat", "--model", stories, "--json", "--chat-template", tmp_path / "t.jinja"]
    request = {"messages": [{"role": "user", "content": "hi"}]}
    assert json.loads(run_fettle(*chat, input=json.dumps(request)).stdout)["text"] == "hi"
    assert named in refused(run_fettle, *chat, code=1, input=json.dumps(request | more))


@pytest.mark.parametrize("verb", [["generate", "--prompt", "x"], ["chat"]], ids=lambda verb: verb[0])
def test_a_model_without_a_template_says_so_at_once(run_fettle, stories, verb):
    said = refused(run_fettle, verb[0], stories, *verb[1:], code=2, input="hi\n")
    assert str(stories) in said and "--chat-template" in said and "--raw" in said


def test_weights_that_are_a_pipe_are_not_waited_for(run_fettle, stories, tmp_path):
    for path in stories.iterdir():
        if path.name != "model.safetensors":
            (tmp_path / path.name).symlink_to(path)
    os.mkfifo(tmp_path / "model.safetensors")
    said = refused(run_fettle, "generate", tmp_path, "--raw", "--prompt", "x", code=1, timeout=60)
    assert "model.safetensors: is not a regular file" in said


def test_sources_are_those_that_prepare_knows(run_fettle, tmp_path):
    """The table names what a recipe may name, each ending once."""
    shown = json.loads(run_fettle("show", "sources", "--json").stdout)
    text = run_fettle("show", "sources").stdout
    assert all(f"  {row['name']} " in text for row in shown["places"] + shown["formats"])
    rows, recipe = tmp_path / "rows.jsonl", tmp_path / "prepare.json"
    rows.write_text('{"text": "a row"}\n')

    recipe.write_text(json.dumps({"sources": [{"path": str(rows), "format": "nonsense"}],
                                  "output": {"output_dir": "out"}}))
    names = [row["name"] for row in shown["formats"]]
    said = refused(run_fettle, "prepare", recipe, code=2, cwd=tmp_path)
    assert said.endswith("allowed: auto, " + ", ".join(names))
    endings = [ending for row in shown["formats"] for ending in row["endings"].split()]
    assert len(endings) == len(set(endings)) > len(names)


@pytest.mark.parametrize("words, said", [
    (["train"], "train: recipe is required; see fettle train --help"),
    (["--no-such"], 'unknown option "--no-such"; see fettle --help'),
    (["generate", "m", "--max_new_tokens=5"],
     'generate: unknown option "--max_new_tokens": did you mean "--max-new-tokens"?; '
     "see fettle generate --help"),
    (["generate", "m", "which colour has the sky?"],
     'generate: "which colour has the sky?" is one word too many; see fettle generate --help'),
    (["show", "tokens", "--model", "m", "--oops"],
     'show tokens: unknown option "--oops"; see fettle show tokens --help')], ids=str)
def test_a_command_line_that_is_none(run_fettle, words, said):
    assert refused(run_fettle, *words, code=2) == f"fettle: {said}"


@pytest.mark.parametrize("words, verbs", [([], ["train", "show"]), (["show"], ["tokens", "runs"])],
                         ids=str)
def test_without_a_verb_all_are_listed(run_fettle, words, verbs):
    done = run_fettle(*words, code=2)
    assert done.stdout == "" and all(f"\n  {verb} " in done.stderr for verb in verbs)


def test_an_unknown_task_is_answered_with_each_name_once(run_fettle):
    said = refused(run_fettle, "show", "tasks", "mmul", code=2)
    known = said.split("known: ")[1].split(", ")
    assert 'unknown task "mmul": did you mean "mmlu"?' in said
    assert len(set(known)) == len(known) and "glue" in known
