"""The command `streamnorm`."""


def main() -> None:
    raise SystemExit("not yet")
