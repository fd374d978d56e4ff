"""The native engine, which is optional: where it does not compile, the package installs without it."""

from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HOME = Path("streamnorm/engines/native")
BINDING = ["module.c", "rows.c", "sample.c", "array.c", "description.c", "build.c"]
# Never -ffast-math: it makes the whole process flush denormals to zero, and NaN checks vanish.
GCC = ["-std=c99", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fassociative-math"]
GCC += ["-fno-signed-zeros", "-fvisibility=hidden", "-g0"]
MSVC = ["/O2", "/std:c11"]


class BuildNative(build_ext):
    def build_extension(self, extension):
        extension.extra_compile_args = MSVC if self.compiler.compiler_type == "msvc" else GCC
        super().build_extension(extension)


setup(
    ext_modules=[
        Extension(
            "streamnorm.engines.native._kernel",
            # kernel.c and learner.c are compiled as parts of every build.
            sources=[str(HOME / name) for name in BINDING] + sorted(map(str, HOME.glob("builds/*.c"))),
            depends=[*map(str, [*HOME.glob("*.[ch]"), *HOME.glob("builds/*.h")])],
            py_limited_api=True,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildNative},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
