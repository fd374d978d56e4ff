"""The C sources of the native engine by themselves: no warnings, and the checks of tests/native/ in every build."""

from __future__ import annotations

import ast
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from streamnorm.engines import native

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "streamnorm/engines/native"
CHECKS = ROOT / "tests/native"
PROGRAM = [*sorted(CHECKS.glob("check*.c")), CHECKS / "stream.c", CHECKS / "model.c"]
KERNEL = [ENGINE / "kernel.c", ENGINE / "learner.c"]
NUMBERS = {"float": [], "double": ["-DSN_DOUBLE"]}
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
SANITIZE = ["-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover"]


def _setup_flags() -> list[str]:
    """The flags that setup.py gives to GCC and clang; running it would build."""
    assignments = [node for node in ast.parse((ROOT / "setup.py").read_text()).body if hasattr(node, "value")]
    named = [node for node in assignments if "GCC" in ast.dump(node) and not isinstance(node, ast.Expr)]
    return [flag for node in named for flag in ast.literal_eval(node.value)]


def _compilers() -> dict[str, list[str]]:
    own = shlex.split(os.environ.get("CC", "cc"))
    found = {own[0]: own} if shutil.which(own[0]) else {}
    if importlib.util.find_spec("ziglang"):
        found["zig"] = [sys.executable, "-m", "ziglang", "cc"]
    return found


COMPILERS = _compilers()


def _run(command: list[str | Path], **environment: str) -> str:
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def cc():
    """The compiler at hand; zig is one for other machines."""
    if set(COMPILERS) <= {"zig"}:
        pytest.skip("there is no C compiler here")
    return next(iter(COMPILERS.values()))


@pytest.fixture
def sanitizing(cc, tmp_path):
    """The compiler, with sanitizers."""
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    tried = subprocess.run([*cc, *SANITIZE, "empty.c", "-o", "empty"], cwd=tmp_path, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("the C compiler here has no sanitizers")
    return [*cc, *SANITIZE]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("flags", [["-O0"], _setup_flags()], ids=["O0", "setup.py"])
def test_the_checks_hold(cc, tmp_path, flags, number):
    # Warnings that need the optimiser, such as of what may be uninitialised, come with it.
    _run([*cc, *STRICT, *flags, *NUMBERS[number], *PROGRAM, *KERNEL, "-o", tmp_path / "check", "-lm"])
    _run([tmp_path / "check"])


@pytest.mark.parametrize("number", NUMBERS)
def test_the_checks_hold_under_sanitizers(sanitizing, tmp_path, number):
    _run([*sanitizing, *NUMBERS[number], *PROGRAM, *KERNEL, "-o", tmp_path / "check", "-lm"])
    _run([tmp_path / "check"])


@pytest.mark.parametrize("number", NUMBERS)
def test_a_second_of_fuzzing_finds_nothing(sanitizing, tmp_path, number):
    sources = [CHECKS / "fuzz.c", CHECKS / "model.c", *KERNEL]
    _run([*sanitizing, *STRICT, *NUMBERS[number], *sources, "-o", tmp_path / "fuzz", "-lm"])
    abort = "abort_on_error=1:print_stacktrace=1"  # The program tells the seed then.
    _run([tmp_path / "fuzz", "1", "1"], ASAN_OPTIONS=abort, UBSAN_OPTIONS=abort)


@pytest.mark.parametrize("build", sorted(path.stem for path in (ENGINE / "builds").glob("*.c")))
def test_the_checks_hold_in_every_build_of_the_extension(cc, tmp_path, build):
    number, instructions = build.split("_")
    if instructions != "baseline" and platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"{instructions} is for x86-64, this is {platform.machine()}")
    if instructions not in ["baseline", *native.instructions({"float": 4, "double": 8}[number])]:
        pytest.skip(f"this machine has no {instructions}, or no extension that could tell")
    # The checks call the build by its own names.
    names = f"-DSN_BUILD(name)=sn_{build}_##name"
    _run([*cc, *_setup_flags(), "-c", ENGINE / f"builds/{build}.c", "-o", tmp_path / "build.o"])
    _run([*cc, "-std=c99", *NUMBERS[number], names, *PROGRAM, tmp_path / "build.o", "-o", tmp_path / "check", "-lm"])
    _run([tmp_path / "check"])


@pytest.mark.parametrize("compiler", COMPILERS or [pytest.param("", marks=pytest.mark.skip("there is no C compiler"))])
def test_no_compiler_has_a_warning(compiler, tmp_path):
    out = ["-c", "-o", tmp_path / "out.o"]
    for source in [*KERNEL, *PROGRAM, CHECKS / "fuzz.c"]:
        for number in NUMBERS.values():
            _run([*COMPILERS[compiler], *STRICT, *number, source, *out])
    for source in [*(ENGINE / "builds").glob("*.c"), ENGINE / "build.c"]:
        _run([*COMPILERS[compiler], *STRICT, source, *out])


@pytest.mark.parametrize("compiler", COMPILERS or [pytest.param("", marks=pytest.mark.skip("there is no C compiler"))])
def test_the_binding_has_no_warning(compiler, tmp_path):
    headers = Path(sysconfig.get_paths()["include"])
    if not (headers / "Python.h").exists():
        pytest.skip("Python's headers are not installed here")
    # Pedantic C has no function in a void *, which is how Python's type and module slots take them.
    flags = [flag for flag in STRICT if flag != "-Wpedantic"]
    for source in set(ENGINE.glob("*.c")) - set(KERNEL):
        _run([*COMPILERS[compiler], *flags, "-isystem", headers, "-c", source, "-o", tmp_path / "out.o"])
