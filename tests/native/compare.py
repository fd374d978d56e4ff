"""Compares the predictions that two machines have printed: FIRST SECOND TOLERANCE NAME."""

import sys
from pathlib import Path


def numbers(path: str) -> list[float]:
    return [float(word) for word in Path(path).read_text().split()]


def main(first_path: str, second_path: str, tolerance: str, name: str) -> None:
    first, second = numbers(first_path), numbers(second_path)
    if not first or len(first) != len(second):
        sys.exit(f"{name}: {len(first)} numbers against {len(second)}")
    largest = max(abs(a - b) / (1.0 + abs(a)) for a, b in zip(first, second, strict=True))
    print(
        f"{name}: {len(first)} predictions differ by at most {largest:.2g} from this machine's; {tolerance} is allowed"
    )
    # This also catches what is not a number.
    if not largest <= float(tolerance):
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
