"""Where the extension was not built, everything works on the reference engine, and says so."""

import subprocess
import sys

import pytest

IMPORT = "from streamnorm import NormPropClassifier"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (
            "m = NormPropClassifier(seed=1); m.learn_one({'a': 1.0}, 1); "
            "print(type(m._learner._engine).__name__, m.predict_one({'a': 1.0}))",
            "Stepwise 1",
        ),
        (
            "from streamnorm.cli.app import app; app(['info'])",
            "engines     no native (install a wheel, or from source with a C compiler), reference",
        ),
        ("NormPropClassifier(engine='native')", "ImportError: engine='native' needs the compiled extension"),
    ],
)
def test_without_the_extension(code, shown):
    code = f"import sys; sys.modules['streamnorm.engines.native._kernel'] = None; {IMPORT}; {code}"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown in result.stdout + result.stderr
