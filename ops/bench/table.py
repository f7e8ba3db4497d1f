"""The one table at the end: aligned for a terminal, or as Markdown."""

from collections.abc import Sequence

from ops.bench.figures import Group, Line

HEADS = ("what", "ours", "baseline", "ratio", "goal", "")


def plain(groups: Sequence[Group]) -> str:
    """For a terminal."""
    rows = [_cells(line) for group in groups for line in group.lines]
    widths = [max(len(row[column]) for row in (HEADS, *rows)) for column in range(len(HEADS))]
    parts = [_aligned(HEADS, widths), _aligned(["-" * width for width in widths], widths)]
    for group in groups:
        parts.append(f"\n{group.title}")
        for line in group.lines:
            parts += [_aligned(_cells(line), widths), *(f"    {note}" for note in line.notes)]
        parts += [f"  · {note}" for note in group.notes]
    return "\n".join(parts)


def markdown(groups: Sequence[Group]) -> str:
    """For docs/performance.md."""
    parts = []
    for group in groups:
        parts += [f"### {group.title}", "", _row(HEADS), _row(["---"] * len(HEADS))]
        parts += [_row(_cells(line)) for line in group.lines]
        notes = [*group.notes, *(f"{line.what}: {note}" for line in group.lines for note in line.notes)]
        parts += ["", *(f"- {note}" for note in notes), ""]
    return "\n".join(parts)


def _cells(line: Line) -> tuple[str, ...]:
    return line.what, line.ours, line.baseline, line.ratio, line.goal, line.verdict.value


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
