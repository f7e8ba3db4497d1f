"""`python -m ops.doctor`: would it work? One line a check. Exit code 0 when nothing is wrong."""

import logging
import sys
from collections.abc import Sequence

from ops.doctor.checks import Line, examine
from ops.doctor.findings import Verdict, wrong
from ops.doctor.installation import Installation
from settings import load


def main() -> int:
    """Look the installation over and say what was found."""
    logging.getLogger().addHandler(said_once())
    try:
        settings = load()
    except SystemExit as refused:
        return report(
            [Line("settings", wrong(str(refused), "mend .env or the environment; .env.example explains each"))]
        )
    return report(examine(Installation(settings)))


def said_once() -> logging.Handler:
    """Shows what channels log: several checks ask one provider, and it refuses all of them in the same words."""
    said: dict[str, logging.LogRecord] = {}
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: said.setdefault(record.getMessage(), record) is record)
    return handler


def report(lines: Sequence[Line]) -> int:
    """Print it. 1 when something is wrong."""
    for line in lines:
        print(shown(line))
    counts = {verdict: sum(line.finding.verdict is verdict for line in lines) for verdict in Verdict}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + ". Nobody was called or written to.")
    return 1 if counts[Verdict.WRONG] else 0


def shown(line: Line) -> str:
    """One line, whatever was said."""
    finding = line.finding
    says = " ".join(finding.says.split())
    advice = f" → {finding.do}" if finding.do else ""
    return f"{finding.verdict:<7} {line.subject:<20} {says}{advice}"


if __name__ == "__main__":
    sys.exit(main())
