"""What the README, the guides and the examples show works when pasted."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Each piece of code with what is said to be its output, if anything is.
CODE = [
    found
    for page in ("README.md", "docs/export.md", "docs/robustness.md")
    for found in re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", (ROOT / page).read_text(), re.DOTALL)
]
EXAMPLES = {
    "stream_to_onnx.py": "kB of ONNX predict the same label for 2310 of 2310 samples",
    "own_architecture.py": "Accuracy: 9",
    "pipeline_to_onnx.py": "1066 of 1066 labels are the same",
    "learn_on_device.py": "home again  Accuracy: 9",
    "activity_recognizer.py": "5000 of 5000 labels are the same in Python and in the file that predicts\n"
    "9951 of 9951 labels are the same in ONNX Runtime and in C while they learn\n",
}


def run(*arguments: str, cwd: Path) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("code", "output"), CODE, ids=range(len(CODE)))
def test_code_on_a_page_prints_what_it_says(code, output, tmp_path):
    assert run("-c", code, cwd=tmp_path) == output


def test_the_pages_show_code():
    assert len(CODE) == 16
    assert all(output for _, output in CODE)


def test_every_example_is_tested():
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(EXAMPLES)


@pytest.mark.parametrize(("example", "output"), EXAMPLES.items())
def test_an_example_runs(example, output, tmp_path):
    assert output in run(str(ROOT / "examples" / example), cwd=tmp_path)
