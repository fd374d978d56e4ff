#!/bin/sh
# Fuzzes the kernel for a minute, half of it in float and half in double, under the sanitizers of address and behaviour.
#
#     tests/native/fuzz.sh [SECONDS [SEED]]
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
seed=${2:-$(date +%s)}
engine=../../streamnorm/engines/native
out=../../build/native
if ! echo 'int main(void) { return 0; }' | ${CC:-cc} -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null; then
    echo "Not fuzzed: ${CC:-cc} is not there, or lacks the sanitizers." >&2
    exit 0
fi
mkdir -p "$out"
# The program tells the seed when a sanitizer aborts it.
export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
for number in FLOAT DOUBLE; do
    ${CC:-cc} -std=c99 -O1 -g -DSN_$number -fsanitize=address,undefined -fno-sanitize-recover \
        fuzz.c model.c "$engine/kernel.c" "$engine/learner.c" -o "$out/fuzz_$number" -lm
    "$out/fuzz_$number" $((seconds / 2)) "$seed"
done
