"""Whatever is wrong with a command or its files is said in one line, without a traceback."""

import gzip
import subprocess
import sys

import pytest
from click.testing import CliRunner

from streamnorm.cli.app import app

GOOD = b"a,b,target\n" + b"1,2,x\n3,4,y\n" * 600


def error(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code not in (0, None)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    assert result.stderr.startswith("streamnorm: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    return result.stderr


def train_error(tmp_path, content, *arguments):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return error("train", path, "--target", "target", *arguments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b,target\n", "header and no rows"),
        (b"a,b,c\n1,2,3\n", "no column 'target'; the file has 'a', 'b', 'c'"),
        (b"target\n1\n", "no column beside 'target'"),
        (b"a,a,target\n1,2,3\n", "'a' twice"),
        (b"a,b,target\n1,2,x\n3,y\n", "line 3 has 2 cells, where the header has 3"),
        (b"a,b,target\n1,2,x\n3,4,y,5\n", "line 3 has 4 cells, where the header has 3"),
        (GOOD + b"5,6\n", "line 1202 has 2 cells"),
        (GOOD + b"5,six,x\n", "line 1202, column 'b': 'six' where a finite number"),
        (b"a,b,target\n1,2,x\n3,nan,y\n", "line 3, column 'b': 'nan'"),
        (b"a,b,target\n1,2,x\n3,-inf,y\n", "line 3, column 'b': '-inf'"),
        (b"a,b,target\n1,2,x\n3,NA,y\n", "line 3, column 'b': 'NA'"),
        (b"a,b,target\n1,2,x\n3,1e39,y\n", "line 3, column 'b': '1e39'"),
        (b"a,b,target\n1,2,x\n3,4,\n", "line 3, column 'target': the target is missing"),
        (b"a,target\n" + b"1,0\n2,1\n" * 600 + b"3,spam\n", "line 1202, column 'target': 'spam'"),
        (b"a,target\n" + b"1,0.5\n2,1\n" * 600 + b"3,spam\n", "line 1202, column 'target': 'spam'"),
        (b"a,target\n1,0.5\n2,nan\n", "line 3, column 'target': 'nan'"),
        (b"t,t_x,target\ny,1,0.5\nx,2,1.5\n", "line 3, column 't': 'x' is encoded as 't_x'"),
        (b"t,t_a,target\na_b,p,0.5\ny,b,1.5\n", "line 3, column 't_a': 'b' is encoded as 't_a_b'"),
        (b"a,b,target\n1,2,x\n3,\xff,y\n", "line 3 is not UTF-8"),
        (GOOD.decode().encode("utf-16"), "line 1 is not UTF-8"),
        (b'a,b,target\n1,"2"3,x\n', "line 2 is not CSV"),
        (b'a,b,target\n1,2,"x\n', "line 2 is not CSV"),
        (b"\x1f\x8b" + bytes(range(100)), "the gzip file is damaged"),
        (gzip.compress(GOOD, mtime=0)[:60], "the gzip file is damaged"),
        (gzip.compress(GOOD, mtime=0)[:-4] + b"1234", "the gzip file is damaged"),
        (b"a,target\n" + b"".join(b"day %d,1.5\n" % i for i in range(1001)), "line 1002, column 'a': more than 1,000"),
        (b"a,target\n" + b"".join(b"1.5,id%d\n" % i for i in range(1001)), "line 1002, column 'target': more than"),
    ],
)
def test_a_file_that_cannot_be_learned(tmp_path, content, said):
    assert said in train_error(tmp_path, content)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "no.csv", "--target", "a"], "'no.csv' does not exist"),
        (["train", ".", "--target", "a"], "is a directory"),
        (["train"], "Missing argument 'FILE'"),
        (["train", __file__], "Missing option '--target'"),
        (["train", __file__, "--target", "a", "--fast"], "No such option '--fast'"),
        (["train", __file__, "--target", "a", "--task", "ranking"], "'ranking' is not one of"),
        (["train", __file__, "--target", "a", "--seed", "-1"], "--seed"),
        (["fly"], "No such command 'fly'"),
        (["--fly"], "No such option '--fly'"),
        (["predict", "no.onnx", __file__], "'no.onnx' does not exist"),
        (["predict", __file__, __file__], "not a file of streamnorm.export"),
        (["info", "no.onnx"], "'no.onnx' does not exist"),
        (["info", __file__], "is not a streamnorm model"),
        (["demo", "--output", "no/such/directory"], "does not exist"),
    ],
)
def test_a_command_that_makes_no_sense(arguments, said):
    assert said in error(*arguments)


@pytest.mark.parametrize("option", ["--model", "--onnx"])
def test_outputs_that_cannot_be_written_are_found_before_training(tmp_path, option):
    # The broken last row would be the error if training had begun.
    content = GOOD + b"broken\n"
    assert "is no directory" in train_error(tmp_path, content, option, tmp_path / "none" / "out")
    assert "is no directory" in train_error(tmp_path, content, option, tmp_path / "file.csv" / "out")
    assert "is a directory" in train_error(tmp_path, content, option, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


def test_texts_cannot_be_saved_which_is_found_before_training(tmp_path):
    texts = GOOD.replace(b"3,", b"three,") + b"broken\n"
    assert "column 'a' holds text" in train_error(tmp_path, texts, "--model", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


def test_a_column_called_like_an_output_is_found_before_training(tmp_path):
    texts = b"value,label,b,target\n" + b"1,2,u,x\n3,4,v,y\n" * 600 + b"broken\n"
    assert "column 'label' has the name of an output" in train_error(tmp_path, texts, "--onnx", tmp_path / "out")
    numbers = texts.replace(b"x", b"0.5").replace(b"y", b"1.5")
    assert "column 'value' has the name of an output" in train_error(tmp_path, numbers, "--onnx", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize(
    "options", [["--model", "file.csv"], ["--onnx", "./file.csv"], ["--model", "m", "--onnx", "m"]]
)
def test_no_file_is_written_over_another(options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "must be different files" in train_error(tmp_path, GOOD, *options)
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]
    assert (tmp_path / "file.csv").read_bytes() == GOOD


def test_a_broken_row_leaves_no_model_behind(tmp_path):
    assert "line 1202 has 1 cells" in train_error(tmp_path, GOOD + b"broken\n", "--model", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize("arguments", [["train", "no.csv", "--target", "a"], ["fly"], ["info", __file__]])
def test_as_a_process(arguments):
    process = subprocess.run([sys.executable, "-m", "streamnorm", *arguments], capture_output=True, text=True)
    assert process.returncode != 0
    assert process.stdout == ""
    assert process.stderr.startswith("streamnorm: ")
    assert process.stderr.count("\n") == 1


def test_without_click_and_rich_the_extra_is_named():
    hide = "import sys; sys.modules.update(click=None, rich=None)"
    code = f"{hide}; from streamnorm.cli import main; main()"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stderr == "streamnorm: click and rich not installed: pip install 'streamnorm[cli]'\n"
