"""`python -m ops.bench`: measures, and prints one table; each line beside its baseline in the same run."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lifetime import leave
from ops.bench import by_http, commands, desks, loops, machine, open_cases, readable, reading, table, webhooks
from ops.bench.figures import Group
from ops.bench.scene import Scene, opened
from ops.bench.size import DEFAULT, QUICK, Size

GROUPS: Mapping[str, Callable[[Scene, Size], Group]] = {
    "loops": loops.measure,
    "http": by_http.measure,
    "webhooks": webhooks.measure,
    "readable": readable.measure,
    "commands": commands.measure,
    "open": open_cases.measure,
    "reading": reading.measure,
    "desks": desks.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for and print it; `--markdown FILE` keeps it as well."""
    asked = _asked(arguments)
    size, began, found = QUICK if asked.quick else DEFAULT, time.monotonic(), list[Group]()
    facts = [*machine.described(), f"{size.rounds} rounds of each pair, in turns; median (least–most)"]
    print("\n".join(facts), flush=True)
    try:
        for name in asked.only:
            print(f"{name} …", flush=True)
            with opened() as scene:
                found.append(GROUPS[name](scene, size))
    finally:  # a group that fails takes nothing of the others with it
        facts.append(f"load average after: {machine.load()}; the whole took {time.monotonic() - began:.0f} s")
        _show(found, facts, asked.markdown)
    return 0


def _show(found: Sequence[Group], facts: Sequence[str], markdown: Path | None) -> None:
    print("\n" + table.plain(found) + "\n\n" + "\n".join(facts), flush=True)
    if markdown:
        markdown.write_text("\n".join([f"- {fact}" for fact in facts] + ["", table.markdown(found)]))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.bench", description=__doc__)
    parser.add_argument("--only", type=_names, default=list(GROUPS), help=f"some of {','.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="few rounds, small numbers: for a look, not for a claim")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there, too, as Markdown")
    return parser.parse_args(arguments)


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - GROUPS.keys():
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return names


if __name__ == "__main__":
    leave(main())
