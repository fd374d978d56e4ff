"""The command `streamnorm`."""

from importlib.util import find_spec


def main() -> None:
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
    if missing:
        raise SystemExit(f"streamnorm: {' and '.join(missing)} not installed: pip install 'streamnorm[cli]'")
    from streamnorm.cli.app import app

    app(prog_name="streamnorm")
