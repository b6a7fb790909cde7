"""The logic of ./dev bench train_llama: what a progress bar tells of time."""

import io
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import train_llama  # noqa: E402


class Chunks(io.BytesIO):
    """A stream whose reads end where a program's writes did."""

    def read1(self, size=-1):
        return self.read(16)


def test_a_window_takes_from_the_end_of_the_one_before():
    clock = iter((10.0, 13.0, 17.5))
    bar = (b"loading\rtrain: [#  ] data=0000001/0000003 loss=4.2\r"
           b"train: [## ] data=0000002/0000003\rtrain: [## ] data=0000002/0000003 t=5\n"
           b"train: [###] data=0000003/0000003\nval: [###] data=0000001/0000001\n")
    assert train_llama.step_seconds(Chunks(bar), lambda: next(clock)) == [3.0, 4.5]


def test_a_program_that_is_not_there_is_refused(capsys):
    with pytest.raises(SystemExit):
        train_llama.parse(["--program", "/nowhere/llama-finetune"])
    assert "is no program that can be run" in capsys.readouterr().err
