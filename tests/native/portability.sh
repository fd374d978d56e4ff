#!/bin/sh
# The native engine on machines that are not this one: builds it with zig for ARM of 64 and of 32 bits, runs the checks
# there under qemu, and compares what a stream's predictions come to with this machine's.
#
#     tests/native/portability.sh PYTHON      a Python with the package ziglang; its headers serve for the extension
set -eu
cd "$(dirname "$0")"
python=${1:-python3}
engine=../../streamnorm/engines/native
out=../../build/native
program="check*.c stream.c model.c $engine/kernel.c $engine/learner.c"
# Those of setup.py.
flags="-std=c99 -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fassociative-math -fno-signed-zeros -g0"
mkdir -p "$out"

missing=
for tool in cc readelf qemu-aarch64 qemu-arm; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
"$python" -c 'import ziglang' 2>/dev/null || missing="$missing ziglang"
if [ -n "$missing" ]; then
    echo "Missing:$missing. On Debian: apt-get install gcc binutils qemu-user; and $python -m pip install ziglang" >&2
    exit 1
fi

# The extension for aarch64. Python's headers ask for the word size that they were configured for: it is the same.
include=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
# kernel.c and learner.c are parts of every build.
binding=$(find "$engine" -maxdepth 1 -name '*.c' ! -name kernel.c ! -name learner.c)
library=$out/_kernel.aarch64.abi3.so
"$python" -m ziglang cc -target aarch64-linux-gnu.2.28 -shared -fPIC $flags -fvisibility=hidden -isystem "$include" \
    $binding "$engine"/builds/*.c -o "$library" -lm
readelf -h "$library" | grep -q AArch64
readelf --dyn-syms "$library" | grep -q PyInit__kernel
echo "aarch64: built $(basename "$library") against glibc 2.28"

# A disassembler for ARM is seldom at hand; the compiler's own assembly says the same.
for number in float double; do
    "$python" -m ziglang cc -target aarch64-linux-gnu.2.28 $flags -Wno-unused-command-line-argument \
        -S "$engine/builds/${number}_baseline.c" -o "$out/$number.s"
    lanes=4s
    [ $number = float ] || lanes=2d
    count=$(grep -c "fmla.*v[0-9]*\.$lanes" "$out/$number.s" || true)
    echo "aarch64: $count vector multiply-adds (fmla v.$lanes) in the $number build"
    [ "$count" -gt 0 ]
done

for number in float double; do
    define=-DSN_FLOAT
    # Roundings that differ with the width of vectors and the machine's tanh, exp and erf, after 3000 steps: in float
    # the builds of one machine differ by 5e-4, in double by 2e-11.
    tolerance=5e-3
    if [ $number = double ]; then
        define=-DSN_DOUBLE
        tolerance=1e-9
    fi
    cc $flags $define $program -o "$out/check_host" -lm
    "$out/check_host" --print >"$out/host.txt"
    for target in aarch64-linux-musl arm-linux-musleabihf; do
        machine=${target%%-*}
        # The least ARM of 32 bits that has NEON, as every ARMv7 board has.
        cpu=$([ "$machine" = arm ] && echo -mcpu=cortex_a7 || true)
        "$python" -m ziglang cc -target $target $cpu -static $flags $define $program -o "$out/check_$machine"
        "qemu-$machine" "$out/check_$machine"
        "qemu-$machine" "$out/check_$machine" --print >"$out/$machine.txt"
        "$python" compare.py "$out/host.txt" "$out/$machine.txt" "$tolerance" "$machine, $number"
        # Wild memory accesses and unaligned numbers would stop it here: zig's own sanitizer of behaviour.
        "$python" -m ziglang cc -target $target $cpu -static -std=c99 -O1 -fsanitize=undefined $define \
            fuzz.c model.c "$engine/kernel.c" "$engine/learner.c" -o "$out/fuzz_$machine"
        "qemu-$machine" "$out/fuzz_$machine" 10 1
    done
done
